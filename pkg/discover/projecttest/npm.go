package projecttest

import (
	"fmt"
	"strings"
)

// NPM returns a manifest and a lockfile of n packages, each with the fields that npm writes and needs of three others.
func NPM(n int) Tree {
	var b strings.Builder
	b.WriteString("{\n  \"name\": \"bench\",\n  \"lockfileVersion\": 3,\n  \"packages\": {\n    \"\": {\n      \"dependencies\": {\"p0\": \"^1.0.0\"}\n    }")
	for i := range n {
		fmt.Fprintf(&b, ",\n    \"node_modules/p%d\": {\n      \"version\": \"1.%d.0\",\n", i, i%100)
		fmt.Fprintf(&b, "      \"resolved\": \"https://registry.example/p%d/-/p%d-1.%d.0.tgz\",\n      \"integrity\": \"sha512-%s\",\n      \"license\": \"MIT\"", i, i, i%100, strings.Repeat("A", 86))
		var needs []string
		for _, j := range []int{2*i + 1, 2*i + 2, i + 7} {
			if j < n && (len(needs) < 2 || j > 2*i+2 || j < 2*i+1) {
				needs = append(needs, fmt.Sprintf("        \"p%d\": \"^1.0.0\"", j))
			}
		}
		if len(needs) > 0 {
			fmt.Fprintf(&b, ",\n      \"dependencies\": {\n%s\n      }", strings.Join(needs, ",\n"))
		}
		b.WriteString(",\n      \"engines\": {\n        \"node\": \">=10\"\n      }\n    }")
	}
	b.WriteString("\n  }\n}\n")
	return Tree{"package.json": `{"dependencies": {"p0": "^1.0.0"}}`, "package-lock.json": b.String()}
}

// ShopManifest is a package.json, with the lockfile that npm makes of it in versions 1 to 3.
const ShopManifest = `{
  "name": "shop",
  "dependencies": {
    "express": "^4.0.0",
    "alias": "npm:@real/name@^2.0.0"
  },
  "devDependencies": {
    "mocha": "^10.0.0"
  },
  "optionalDependencies": {
    "fsevents": "^2.0.0"
  }
}
`

// ShopLock1 is of version 1.
const ShopLock1 = `{
  "name": "shop",
  "lockfileVersion": 1,
  "requires": true,
  "dependencies": {
    "alias": {
      "version": "npm:@real/name@2.1.0",
      "resolved": "https://registry.example/@real/name/-/name-2.1.0.tgz"
    },
    "express": {
      "version": "4.18.0",
      "requires": {
        "qs": "6.10.0"
      },
      "dependencies": {
        "qs": {
          "version": "6.10.0"
        }
      }
    },
    "fsevents": {
      "version": "2.3.0",
      "optional": true
    },
    "mocha": {
      "version": "10.0.0",
      "dev": true,
      "requires": {
        "qs": "^6.0.0"
      }
    },
    "qs": {
      "version": "6.11.0",
      "dev": true
    }
  }
}
`

// ShopLock3 is of version 3.
const ShopLock3 = `{
  "name": "shop",
  "lockfileVersion": 3,
  "requires": true,
  "packages": {
    "": {
      "name": "shop",
      "dependencies": {
        "alias": "npm:@real/name@^2.0.0",
        "express": "^4.0.0"
      },
      "devDependencies": {
        "mocha": "^10.0.0"
      },
      "optionalDependencies": {
        "fsevents": "^2.0.0"
      }
    },
    "node_modules/alias": {
      "name": "@real/name",
      "version": "2.1.0",
      "resolved": "https://registry.example/@real/name/-/name-2.1.0.tgz"
    },
    "node_modules/express": {
      "version": "4.18.0",
      "dependencies": {
        "qs": "6.10.0"
      }
    },
    "node_modules/express/node_modules/qs": {
      "version": "6.10.0",
      "inBundle": true
    },
    "node_modules/fsevents": {
      "version": "2.3.0",
      "optional": true
    },
    "node_modules/mocha": {
      "version": "10.0.0",
      "dev": true,
      "dependencies": {
        "qs": "^6.0.0"
      }
    },
    "node_modules/qs": {
      "version": "6.11.0",
      "dev": true
    }
  }
}
`

// shopLock2 is shopLock3 with the section for npm 6 after it.
// ShopLock2 is of version 2.
func ShopLock2() string {
	return strings.Replace(strings.TrimSuffix(ShopLock3, "\n  }\n}\n"), `"lockfileVersion": 3`, `"lockfileVersion": 2`, 1) +
		"\n  },\n" + ShopLock1[strings.Index(ShopLock1, `  "dependencies"`):]
}

// WorkspaceLock is a lockfile of two workspace members.
const WorkspaceLock = `{
  "lockfileVersion": 3,
  "packages": {
    "": {
      "workspaces": ["packages/*"],
      "devDependencies": {"tool": "1.0.0"}
    },
    "node_modules/@me/api": {"resolved": "packages/api", "link": true},
    "node_modules/@me/web": {"resolved": "packages/web", "link": true},
    "node_modules/qs": {"version": "6.11.0"},
    "node_modules/tool": {"version": "1.0.0", "dev": true, "dependencies": {"qs": "^6.0.0"}},
    "packages/api": {
      "name": "@me/api",
      "version": "1.0.0",
      "dependencies": {"qs": "6.10.0"}
    },
    "packages/api/node_modules/qs": {"version": "6.10.0"},
    "packages/web": {
      "name": "@me/web",
      "dependencies": {"@me/api": "1.0.0", "qs": "^6.11.0"},
      "devDependencies": {"tool": "1.0.0"}
    }
  }
}
`
