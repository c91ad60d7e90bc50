package service_test

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestPlatformsServeTheFolderOfTheirFile(t *testing.T) {
	for _, tt := range []struct{ file, text, want string }{
		{"Procfile", "release: migrate\nweb: node .\n", "open procfile api/Procfile:2"},
		{"Procfile", "worker: node .\n", ""},
		{"fly.toml", "app = 'x'\n[[services]]\nport = 1\n", "open fly api/fly.toml:2"},
		{"fly.toml", "app = 'x'\n", ""},
		{"vercel.json", "{}", "open vercel api/vercel.json:1"},
		{"netlify.toml", "[build]\n", "open netlify api/netlify.toml:1"},
		{"app.json", `{"expo": {}}`, ""},
		{"app.json", `{"buildpacks": []}`, "open heroku api/app.json:1"},
		{"app.yaml", "runtime: python312\n", "open app-engine api/app.yaml:1"},
		{"app.yaml", "name: x\n", ""},
		{"wrangler.jsonc", "{// main\n\"main\": \"a.js\",}", "open cloudflare api/wrangler.jsonc:1"},
		{"f/function.json", `{"bindings": [{"type": "timerTrigger"}]}`, ""},
		{"f/function.json", "{\"bindings\": [\n{\"type\": \"httpTrigger\"}]}", "open azure-functions api/f/function.json:2"},
		{"serverless.yml", "functions:\n  a:\n    events:\n      - httpApi: 'GET /'\n", "open serverless api/serverless.yml:4"},
		{"serverless.yml", "functions:\n  a:\n    events:\n      - sqs: arn\n", "controlled serverless api/serverless.yml:1"},
		{"serverless.yml", "functions:\n  a:\n    url: true\n", "open serverless api/serverless.yml:3"},
		{"serverless.yml", "functions: ${file(x.yml)}\n", ""},
		{"serverless.yml", "functions:\n  a:\n    events: ${file(x.yml)}\n", ""},
		{"render.yaml", "services:\n  - name: api\n    type: pserv\n", "controlled render api/render.yaml:3"},
		{"render.yaml", "services:\n  - name: api\n    type: web\n", "open render api/render.yaml:3"},
		{"template.yaml", "Resources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: .\n      Events:\n        In: {Type: Api}\n", "open cloudformation api/template.yaml:7"},
		{"template.yaml", "Resources:\n  Fn:\n    Type: AWS::Serverless::Function\n    Properties:\n      CodeUri: ./\n      Events:\n        In: {Type: SQS, Properties: {Queue: !GetAtt Q.Arn}}\n", "controlled cloudformation api/template.yaml:2"},
		{"stack.json", "{\"Resources\": {\n\"Group\": {\"Type\": \"AWS::EC2::SecurityGroup\", \"Properties\": {\"SecurityGroupIngress\": [\n{\"CidrIp\": \"0.0.0.0/0\"}]}}}}", "open cloudformation api/stack.json:3"},
	} {
		t.Run(tt.file+" "+tt.want, func(t *testing.T) {
			found := discover(t, projecttest.Tree{"api/package.json": "{}", "web/package.json": "{}", "api/" + tt.file: tt.text})
			got := ""
			for _, f := range found.Facts {
				if f.Signal == fettle.Exposure {
					if got += f.Text + " " + f.Source + " " + f.Where.String(); f.Service != "api" {
						t.Errorf("%+v", f)
					}
				}
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestAnOpenAPIDocumentIsAServerWithFields(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"api/go.mod": "module example.com/api\n",
		"api/docs/openapi.yaml": trim(`
openapi: 3.1.0
paths: {/pay: {}}
components:
  securitySchemes: {token: {type: http}}
  schemas:
    Card:
      properties:
        cardNumber: {type: string}
        card_number: {type: string}
        CVV: {type: string}
        amount: {type: number}
    Person: {properties: {date_of_birth: {type: string}}}
`)})
	want(t, lines(found.Facts, fettle.Role, fettle.Data),
		"api data pci? openapi api/docs/openapi.yaml:8",
		"api data pci? openapi api/docs/openapi.yaml:10",
		"api data pii? openapi api/docs/openapi.yaml:12",
		"api role server? openapi api/docs/openapi.yaml:1")
}

func TestACatalogStatesTheBusiness(t *testing.T) {
	found := discover(t, with(two, "catalog-info.yaml", trim(`
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: cart
  tags: [pci, go]
  labels: {acme.example/tier: "1"}
spec: {type: service, lifecycle: production, owner: team-cart, system: shop}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: mail, annotations: {acme.example/importance: low}}
spec: {type: service, lifecycle: experimental, owner: group:post}
`)))
	want(t, lines(found.Facts),
		"services/cart criticality high backstage catalog-info.yaml:6",
		"services/cart data pci backstage catalog-info.yaml:5",
		"services/cart lifecycle production backstage catalog-info.yaml:7",
		"services/cart owner team-cart backstage catalog-info.yaml:7",
		"services/cart regime pci-dss backstage catalog-info.yaml:5",
		"services/cart role server? backstage catalog-info.yaml:7",
		"services/mail criticality low backstage catalog-info.yaml:11",
		"services/mail lifecycle experimental backstage catalog-info.yaml:12",
		"services/mail owner group:post backstage catalog-info.yaml:12",
		"services/mail role server? backstage catalog-info.yaml:12")
}

func TestTheLastRuleThatMatchesOwnsAManifest(t *testing.T) {
	found := discover(t, with(two, ".github/CODEOWNERS", "* @acme/all\n[Section]\n/services/cart/ @acme/cart who@acme.example\n/bad[ @x\n/ @root\n/services/mail @group/sub/team\n"))
	want(t, lines(found.Facts),
		"services/cart owner @acme/cart who@acme.example codeowners .github/CODEOWNERS:3",
		"services/mail owner @group/sub/team codeowners .github/CODEOWNERS:6")
}

func TestOtherFilesOfTheForgeAreRead(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"package.json":          "{}",
		".github/settings.yml":  "repository:\n  topics: pci, go\ncustom_properties:\n  - property_name: criticality\n    value: high\n",
		"SECURITY-INSIGHTS.yml": "header:\n  schema-version: 2.0.0\nrepository:\n  status: abandoned\n",
	})
	want(t, lines(found.Facts),
		" criticality high forge .github/settings.yml:4",
		" data pci forge .github/settings.yml:2",
		" lifecycle deprecated security-insights SECURITY-INSIGHTS.yml:4",
		" regime pci-dss forge .github/settings.yml:2")
}
