package service

import (
	"bytes"
	"regexp"
)

// framework is how code of one language says that it takes requests.
type framework struct {
	name  string
	needs []string       // one of these stands in the file, or there is no match to look for
	marks string         // one of these words stands in a line that matches, which is faster to see
	line  *regexp.Regexp // of a line without comments and strings
}

// verbs of a router, on names that routers usually have.
const jsRoute = `\b(app|router|server|api|routes?|fastify|koa|web)\s*\.\s*(get|post|put|patch|delete|all|route|head|options)\s*\(\s*['"` + "`" + `]`

// frameworks are those of each language. Lines of tests do not count.
var frameworks = map[language][]framework{
	ecmaScript: {
		{"Express", []string{"express"}, ".get .post .put .patch .delete .all .route .head .options express", regexp.MustCompile(jsRoute + `|\bexpress\s*\(\s*\)|\bexpress\.Router\s*\(`)},
		{"Fastify", []string{"fastify"}, ".get .post .put .patch .delete .all .route .head .options astify", regexp.MustCompile(jsRoute + `|\b[fF]astify\s*\(`)},
		{"Koa", []string{"koa"}, ".get .post .put .patch .delete .all .route .head .options Koa Router", regexp.MustCompile(jsRoute + `|\bnew\s+(Koa|Router)\s*\(`)},
		{"Hono", []string{"hono"}, "Hono", regexp.MustCompile(`\bnew\s+(Hono|OpenAPIHono)\b`)},
		{"hapi", []string{"hapi"}, "Hapi", regexp.MustCompile(`\bHapi\.server\s*\(`)},
		{"Nest", []string{"@nestjs/"}, "@ NestFactory", regexp.MustCompile(`^\s*@(Controller|WebSocketGateway|Resolver)\s*\(|\bNestFactory\.create`)},
		{"Next.js", []string{"NextResponse", "NextApiRequest", "NextRequest"}, "export", regexp.MustCompile(`\bexport\s+(default\s+)?(async\s+)?(function|const)\s*\w*`)},
		{"Node http", []string{"createServer"}, "createServer", regexp.MustCompile(`\b(https?2?|net|tls)\.createServer\s*\(|\bcreateServer\s*\(`)},
		{"GraphQL", []string{"ApolloServer", "createYoga"}, "ApolloServer createYoga", regexp.MustCompile(`\bnew\s+ApolloServer\b|\bcreateYoga\s*\(`)},
		{"WebSocket", []string{"WebSocketServer", "WebSocket.Server", "socket.io"}, "Server", regexp.MustCompile(`\bnew\s+(WebSocketServer|WebSocket\.Server|Server)\s*\(`)},
		{"Bun or Deno", []string{"Bun.serve", "Deno.serve"}, "serve", regexp.MustCompile(`\b(Bun|Deno)\.serve\s*\(`)},
	},
	python: {
		{"Flask", []string{"flask", "quart"}, "@ Flask Quart Blueprint Api", regexp.MustCompile(`^\s*@\w+(\.\w+)*\.(route|get|post|put|patch|delete|websocket)\s*\(|\b(Flask|Quart|Blueprint|Api)\s*\(`)},
		{"FastAPI", []string{"fastapi"}, "@ FastAPI APIRouter", regexp.MustCompile(`^\s*@\w+(\.\w+)*\.(get|post|put|patch|delete|api_route|websocket)\s*\(|\b(FastAPI|APIRouter)\s*\(`)},
		{"Django", []string{"django"}, "urlpatterns get_", regexp.MustCompile(`^\s*urlpatterns\s*\+?=|\bget_[wa]sgi_application\s*\(`)},
		{"Starlette", []string{"starlette"}, "Starlette Mount Route", regexp.MustCompile(`\b(Starlette|Mount|Route)\s*\(`)},
		{"aiohttp", []string{"aiohttp"}, "web.", regexp.MustCompile(`\bweb\.(Application|run_app)\s*\(`)},
		{"Tornado", []string{"tornado"}, "web.", regexp.MustCompile(`\b(tornado\.web|web)\.(Application|RequestHandler)\b`)},
		{"Sanic, Bottle or Falcon", []string{"sanic", "bottle", "falcon"}, "Sanic Bottle falcon @", regexp.MustCompile(`\b(Sanic|Bottle)\s*\(|\bfalcon\.(asgi\.)?App\s*\(|^\s*@(\w+\.)?(route|get|post)\s*\(`)},
		{"http.server", []string{"HTTPServer", "socketserver", "serve_forever", "grpc.server", "uvicorn.run"}, "HTTPServer TCPServer serve_forever server uvicorn",
			regexp.MustCompile(`\b(ThreadingHTTPServer|HTTPServer|TCPServer)\s*\(|\.serve_forever\s*\(|\bgrpc\.(aio\.)?server\s*\(|\buvicorn\.run\s*\(`)},
	},
	java: {
		{"Spring", []string{"springframework"}, "@ RouterFunction coRouter", regexp.MustCompile(`^\s*@(Rest)?Controller\b|@(Request|Get|Post|Put|Patch|Delete)Mapping\b|\bRouterFunction\s*<|\bcoRouter\s*\{`)},
		{"JAX-RS", []string{"ws.rs"}, "@", regexp.MustCompile(`^\s*@(Path|ApplicationPath)\s*\(`)},
		{"Servlet", []string{"servlet"}, "@WebServlet HttpServlet", regexp.MustCompile(`@WebServlet\b|\bextends\s+HttpServlet\b`)},
		{"Micronaut, Javalin, Ktor, Vert.x or Spark", []string{"micronaut", "javalin", "ktor", "vertx", "spark.Spark"}, "@ Javalin embeddedServer routing createHttpServer get post",
			regexp.MustCompile(`^\s*@Controller\b|\bJavalin\.(create|start)\s*\(|\bembeddedServer\s*\(|\brouting\s*\{|\bcreateHttpServer\s*\(|^\s*(get|post)\s*\(`)},
		{"a socket", []string{"ServerSocket", "HttpServer", "ServerBuilder"}, "ServerSocket HttpServer ServerBuilder", regexp.MustCompile(`\bnew\s+ServerSocket\s*\(|\bHttpServer\.create\s*\(|\bServerBuilder\.forPort\s*\(`)},
	},
	csharp: {
		{"ASP.NET", []string{"Map", "Controller", "Http", "WebApplication", "UseStartup"}, ".Map [ Controller WebApplication UseStartup",
			regexp.MustCompile(`\.Map(Get|Post|Put|Delete|Patch|Controllers|ControllerRoute|GrpcService|RazorPages|Hub|Methods)\b|^\s*\[(ApiController|Http(Get|Post|Put|Delete|Patch))\b|:\s*(ControllerBase|Controller|ApiController)\b|\bWebApplication\.Create|\bUseStartup\s*<`)},
		{"a socket", []string{"HttpListener", "TcpListener"}, "Listener", regexp.MustCompile(`\bnew\s+(HttpListener|TcpListener)\b`)},
	},
	golang: {
		{"net/http", []string{"net/http"}, "http.", regexp.MustCompile(`\bhttp\.(ListenAndServe(TLS)?|HandleFunc|Handle|NewServeMux|Serve(TLS)?)\s*\(|\bhttp\.Server\s*\{`)},
		{"gin", []string{"gin-gonic/gin"}, "gin.", regexp.MustCompile(`\bgin\.(Default|New)\s*\(`)},
		{"echo", []string{"labstack/echo"}, "echo.", regexp.MustCompile(`\becho\.New\s*\(`)},
		{"chi", []string{"chi"}, "chi.", regexp.MustCompile(`\bchi\.(NewRouter|NewMux)\s*\(`)},
		{"fiber", []string{"gofiber/fiber"}, "fiber.", regexp.MustCompile(`\bfiber\.New\s*\(`)},
		{"a router", []string{"gorilla/mux", "httprouter", "macaron", "fasthttp", "beego"}, "mux. httprouter. macaron. fasthttp. web.",
			regexp.MustCompile(`\bmux\.NewRouter\s*\(|\bhttprouter\.New\s*\(|\bmacaron\.(New|Classic)\s*\(|\bfasthttp\.ListenAndServe|\bweb\.Run\s*\(`)},
		{"gRPC or a socket", []string{"grpc", "net.Listen", "tls.Listen"}, "grpc. net. tls.", regexp.MustCompile(`\bgrpc\.NewServer\s*\(|\b(net|tls)\.Listen\w*\s*\(`)},
	},
}

// listening are words by which code may take requests, in comments and strings too: where one stands, nothing follows from
// what no pattern matched.
var listening = map[language][]string{
	ecmaScript: {"listen(", "createServer", "createSecureServer", ".serve(", "express", "fastify", "Koa", "koa", "@nestjs", "hapi", "hono", "next/", "NextApi", "polka", "restify", "ApolloServer",
		"WebSocketServer", "socket.io", "http-proxy", "connect(", "exports.handler", "lambda", "addEventListener('fetch", "addEventListener(\"fetch", "micro", "sails", "meteor", "strapi"},
	python: {"flask", "Flask", "fastapi", "FastAPI", "django", "starlette", "aiohttp", "tornado", "sanic", "bottle", "falcon", "pyramid", "cherrypy", "HTTPServer", "socketserver", "serve_forever",
		".listen(", ".bind(", "start_server", "create_server", "grpc", "uvicorn", "gunicorn", "hypercorn", "wsgi", "asgi", "lambda_handler", "twisted", "websockets", "gradio", "streamlit", "dash", "rpyc", "xmlrpc"},
	golang: {"net.Listen", "tls.Listen", "ListenAndServe", "ListenPacket", "ListenUDP", "ListenTCP", "ListenUnix", "http.Serve", "http.Handle", "http.Server", "ServeHTTP", "NewServer(", ".Serve(", "gin.", "echo.New", "chi.New", "fiber.New",
		"lambda.Start", "ListenConfig", ".Listen(", "http.Handler", "quic"},
}

var testPath = regexp.MustCompile(`(?i)(^|/)(tests?|__tests__|__mocks__|spec|e2e|cypress|testing|mocks?|benchmarks?|bench)/|(_test\.go|[._-](test|spec|stories|d)\.[cm]?[jt]sx?|(^|/)test_[^/]*\.py|_test\.py|conftest\.py|Tests?\.(java|kt|cs)|\.min\.js)$`)

// isTest reports whether a source file is of tests, or generated for browsers.
func isTest(file string) bool { return testPath.MatchString(file) }

// routesIn returns the first line that takes requests by each framework that is not known already.
func routesIn(text []byte, stripped func() []byte, l language, known func(framework string) bool) []found {
	var list []found
	for _, fw := range frameworks[l] {
		if !containsAny(text, fw.needs) || known(fw.name) {
			continue
		}
		n, marks := 0, bytesOf(fw.marks)
		for line := range bytes.Lines(stripped()) {
			if n++; len(line) < maxLine && containsAnyOf(line, marks) && fw.line.Match(line) {
				list = append(list, found{fw.name, n})
				break
			}
		}
	}
	return list
}

// maxLine is the longest line that is searched; no person wrote a longer one.
const maxLine = 2000

func bytesOf(words string) [][]byte { return bytes.Fields([]byte(words)) }

func containsAnyOf(line []byte, marks [][]byte) bool {
	for _, mark := range marks {
		if bytes.Contains(line, mark) {
			return true
		}
	}
	return false
}

type found struct {
	framework string
	line      int
}
