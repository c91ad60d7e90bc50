package service_test

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestRoutesMakeAServer(t *testing.T) {
	for _, tt := range []struct{ name, manifest, file, text string }{
		{"Express", "package.json", "a.js", "const app = require('express')()\napp.get('/x', f)\n"},
		{"Express in TypeScript", "package.json", "src/a.ts", "import { Router } from \"express\"\nrouter.post(`/x`, f)\n"},
		{"Fastify", "package.json", "a.mjs", "import f from 'fastify'\nfastify.get('/', h)\n"},
		{"Koa", "package.json", "a.js", "const Koa = require('koa')\nconst app = new Koa()\n"},
		{"Nest", "package.json", "a.ts", "import { Controller } from '@nestjs/common'\n@Controller('cats')\n"},
		{"Next", "package.json", "app/api/x/route.ts", "import { NextResponse } from 'next/server'\nexport async function GET() {}\n"},
		{"Node", "package.json", "a.js", "const http = require('http')\nhttp.createServer(f).listen(80)\n"},
		{"Spring", "pom.xml", "src/main/java/A.java", "import org.springframework.web.bind.annotation.*;\n@RestController\nclass A {}\n"},
		{"Spring in Kotlin", "build.gradle.kts", "src/main/kotlin/A.kt", "import org.springframework.web.*\n  @GetMapping(\"/x\") fun x() = 1\n"},
		{"JAX-RS", "pom.xml", "A.java", "import jakarta.ws.rs.Path;\n@Path(\"/x\")\n"},
		{"Flask", "requirements.txt", "a.py", "from flask import Flask\napp = Flask(__name__)\n"},
		{"FastAPI", "pyproject.toml", "a.py", "from fastapi import APIRouter\n@router.get('/x')\n"},
		{"Django", "requirements.txt", "urls.py", "from django.urls import path\nurlpatterns = []\n"},
		{"Starlette", "requirements.txt", "a.py", "from starlette.applications import Starlette\napp = Starlette(routes=[])\n"},
		{"ASP.NET minimal", "a.csproj", "Program.cs", "var app = WebApplication.CreateBuilder(args).Build();\napp.MapGet(\"/\", () => 1);\n"},
		{"ASP.NET controller", "a.csproj", "A.cs", "using Microsoft.AspNetCore.Mvc;\n[ApiController]\n"},
		{"net/http", "go.mod", "a.go", "import \"net/http\"\nfunc f() { http.HandleFunc(\"/\", h) }\n"},
		{"gin", "go.mod", "a.go", "import \"github.com/gin-gonic/gin\"\nvar r = gin.Default()\n"},
		{"echo", "go.mod", "a.go", "import \"github.com/labstack/echo/v4\"\nvar e = echo.New()\n"},
		{"chi", "go.mod", "a.go", "import \"github.com/go-chi/chi/v5\"\nvar r = chi.NewRouter()\n"},
		{"fiber", "go.mod", "a.go", "import \"github.com/gofiber/fiber/v2\"\nvar a = fiber.New()\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := discover(t, projecttest.Tree{"svc/" + tt.manifest: "{}", "svc/" + tt.file: tt.text})
			roles := lines(found.Facts, fettle.Role)
			if len(roles) == 0 || found.Facts[0].Text != "server" || found.Facts[0].Service != "svc" || found.Facts[0].Strength != fettle.Hinted {
				t.Errorf("roles: %q", roles)
			}
		})
	}
}

func TestCommentsStringsAndTestsAreNoRoutes(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"svc/package.json":     "{}",
		"svc/a.js":             "// app.get('/x') with express\n/*\napp.get('/x')\n*/\nconst s = \"app.get('/x')\"\nconst t = `\napp.get('/x')\n`\n",
		"svc/test/a.js":        "const app = require('express')()\napp.get('/x')\n",
		"svc/a.test.ts":        "import express from 'express'\napp.get('/x')\n",
		"py/requirements.txt":  "",
		"py/a.py":              "'''\nfrom flask import Flask\n@app.route('/')\n'''\n# @app.route('/')\n",
		"go/go.mod":            "module example.com/go\n",
		"go/a.go":              "package a\n// net/http\nvar s = `\nhttp.HandleFunc(\n`\n",
		"net/a.csproj":         "",
		"net/A.cs":             "// [ApiController]\nvar s = \"\"\"\n[ApiController]\n\"\"\";\n",
		"java/pom.xml":         "<project/>",
		"java/A.java":          "// import org.springframework\nString s = \"\"\"\n@RestController\n\"\"\"; char c = '\"';\n",
		"java/src/test/B.java": "import org.springframework.web;\n@RestController\n",
	})
	want(t, lines(found.Facts, fettle.Role))
}

func TestLayoutsOfCommandsAndLibrariesAreHints(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		tree       projecttest.Tree
	}{
		{"npm command", "cli", projecttest.Tree{"package.json": `{"bin": "a.js"}`, "a.js": "console.log(1)\n"}},
		{"npm library", "library", projecttest.Tree{"package.json": `{"main": "a.js"}`, "a.js": "module.exports = 1\n"}},
		{"npm library that is private", "", projecttest.Tree{"package.json": `{"private": true, "main": "a.js"}`, "a.js": "module.exports = 1\n"}},
		{"npm with a start script", "", projecttest.Tree{"package.json": `{"main": "a.js", "scripts": {"start": "node ."}}`, "a.js": "module.exports = 1\n"}},
		{"npm that needs a web framework", "", projecttest.Tree{"package.json": `{"bin": "a.js", "dependencies": {"express": "5"}}`, "a.js": "1\n"}},
		{"npm that listens", "", projecttest.Tree{"package.json": `{"bin": "a.js"}`, "a.js": "require('net').Server().listen(80)\n"}},
		{"npm without code", "", projecttest.Tree{"package.json": `{"bin": "a.js"}`}},
		{"npm with another manifest", "", projecttest.Tree{"package.json": `{"bin": "a.js"}`, "Gemfile": "", "a.js": "1\n"}},
		{"npm with a nested project", "", projecttest.Tree{"package.json": `{"bin": "a.js"}`, "b/package.json": "{}", "a.js": "1\n"}},
		{"Python command", "cli", projecttest.Tree{"pyproject.toml": "[project]\nname = 'x'\n[project.scripts]\nx = 'x:main'\n", "x.py": "print(1)\n"}},
		{"Python command of setup.py", "cli", projecttest.Tree{"setup.py": "from setuptools import setup\nsetup(entry_points={'console_scripts': ['x=x:main']})\n", "x.py": "print(1)\n"}},
		{"Python library", "library", projecttest.Tree{"pyproject.toml": "[build-system]\n", "x.py": "def f(): pass\n"}},
		{"Python that serves", "", projecttest.Tree{"pyproject.toml": "[build-system]\n", "x.py": "import flask\n"}},
		{"Python that is served", "", projecttest.Tree{"pyproject.toml": "[build-system]\n", "requirements.txt": "gunicorn==1\n", "x.py": "1\n"}},
		{"Go command", "cli", projecttest.Tree{"go.mod": "module x\n", "main.go": "package main\n\nimport \"flag\"\n\nfunc main() { flag.Parse() }\n"}},
		{"Go command that listens", "server", projecttest.Tree{"go.mod": "module x\n", "main.go": "package main\n\nimport \"flag\"\n\nfunc main() { flag.Parse() }\n", "s.go": "package main\nvar l, _ = net.Listen(\"tcp\", \"\")\n"}},
		{"Go command without arguments", "", projecttest.Tree{"go.mod": "module x\n", "main.go": "package main\n\nfunc main() {}\n"}},
		{"Go library", "library", projecttest.Tree{"go.mod": "module x\n", "a.go": "package a\n"}},
		{"Go library that gives handlers", "", projecttest.Tree{"go.mod": "module x\n", "a.go": "package a\nvar h http.Handler\n"}},
		{"Go library with a port of a Dockerfile", "server", projecttest.Tree{"go.mod": "module x\n", "a.go": "package a\n", "Dockerfile": "FROM x\nEXPOSE 1\n"}},
		{"Go library that is deployed", "", projecttest.Tree{"go.mod": "module x\n", "a.go": "package a\n", "fly.toml": "[http_service]\na = 1\n"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			for _, f := range discover(t, tt.tree).Facts {
				if f.Signal == fettle.Role {
					got += f.Text
				}
			}
			if got != tt.want {
				t.Errorf("role is %q, want %q", got, tt.want)
			}
		})
	}
}

func TestASubjectIsOneHintHoweverOftenItStands(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"shop/package.json":       "{\n  \"description\": \"stripe\",\n  \"keywords\": [\"braintree\"],\n  \"dependencies\": {\n    \"stripe\": \"1\",\n    \"@stripe/stripe-js\": \"1\",\n    \"node-vault\": \"1\"\n  }\n}\n",
		"shop/src/models/card.ts": "// cvv\nclass Card {\n  cardNumber: string\n  card_number: string\n  birth_date: Date\n}\n",
		"shop/src/view.ts":        "let cvv = 1\n",
		"ward/go.mod":             "module x\n\nrequire (\n\tgithub.com/x/fhir v1.0.0\n\tgithub.com/stripe/stripe-go/v72 v72.0.0 // indirect\n)\n",
		"ward/db/schema.sql":      "CREATE TABLE t (\n  patient_id int, diagnosis text\n);\n",
	})
	want(t, lines(found.Facts, fettle.Data),
		"shop data pci? fields shop/src/models/card.ts:3",
		"shop data pci? manifest shop/package.json:5",
		"shop data pii? fields shop/src/models/card.ts:5",
		"shop data secrets? manifest shop/package.json:7",
		"ward data phi? fields ward/db/schema.sql:2",
		"ward data phi? fields ward/db/schema.sql:2",
		"ward data phi? manifest ward/go.mod:4")
}
