package node

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/pkg/fettle"
)

// loader is a package that loads others by a name that stands in configuration, in its own files or nowhere at all. Both are
// patterns of names.
type loader struct{ host, plugins *regexp.Regexp }

func loads(host, plugins string) loader {
	return loader{regexp.MustCompile(`^(?:` + host + `)$`), regexp.MustCompile(`^(?:` + plugins + `)$`)}
}

const (
	drivers   = `mysql|mysql2|mariadb|pg|pg-.*|postgres|sqlite3|better-sqlite3|sqlite|sql\.js|mssql|tedious|msnodesqlv8|oracledb|ibm_db|mongodb|redis|ioredis|snowflake-sdk|hdb-pool|@sap/.*|@vscode/sqlite3|strong-oracle|cassandra-driver|@google-cloud/spanner|typeorm-aurora-data-api-driver|react-native-sqlite-storage`
	templates = `ejs|pug|jade|hbs|handlebars|express-handlebars|mustache|mustache-express|nunjucks|swig|swig-templates|twig|twing|eta|dot|doT|liquid|liquidjs|liquid-node|haml.*|hamljs|hogan.*|jazz|jqtpl|just|qejs|ractive|react-dom|react|squirrelly|teacup|templayed|toffee|underscore|lodash|vash|velocityjs|walrus|whiskers|marko|slm|dust.*|dustjs-.*|eco|ect|atpl|bracket-template|coffeekup|arc-templates|plates|saffron|tinyliquid|then-pug|then-jade|babel-core|vue|vue-server-renderer|art-template|consolidate|@ladjs/.*|jsrender`
	styles    = `sass|node-sass|sass-embedded|less|stylus|postcss.*|autoprefixer|cssnano.*|fibers|lightningcss|esbuild|terser|uglify-.*|clean-css|@tailwindcss/.*|tailwindcss`
)

var loaders = []loader{
	loads(`sequelize|sequelize-.*|@sequelize/.*|typeorm|@nestjs/typeorm|@nestjs/sequelize|knex|bookshelf|objection|waterline|sails|@mikro-orm/.*|orm|orm2|caminte|jugglingdb|loopback-.*|@loopback/.*|kysely|umzug|db-migrate|node-pg-migrate|massive|adonis.*|@adonisjs/.*|connect-session-.*|umami|directus|keystone|@keystonejs/.*|strapi.*|@strapi/.*|ghost|bookshelf-.*|drizzle-orm|slonik`, drivers+`|loopback-.*|db-migrate-.*|sails-.*|@mikro-orm/.*|strapi-.*|@strapi/.*|@adonisjs/.*|@sequelize/.*`),
	loads(`express|restify.*|sails`, `ejs.*|pug|jade.*|hbs|twig|twing|vash|squirrelly|eta|nunjucks|haml.*|handlebars|mustache|swig.*|marko|dust.*|.*-express|express-.*|consolidate|@ladjs/consolidate`),
	loads(`consolidate|@ladjs/consolidate|koa-views|koa-view|@fastify/view|point-of-view|@hapi/vision|vision|email-templates|nodemailer-.*|preview-email|metalsmith-.*|@metalsmith/.*|jstransformer|pug|jade|pug-filters|hexo.*|@nestjs/.*|@nestjs-modules/.*|@tsed/.*|sails|keystone|actionhero|feathers|@feathersjs/.*|assemble.*|cons|vue-loader|@vue/component-compiler-utils|@vue/compiler-sfc`, templates+`|jstransformer-.*|metalsmith-.*|@metalsmith/.*`),
	loads(`@nestjs/.*`, `@nestjs/.*|class-validator|class-transformer|cache-manager.*|fastify|@fastify/.*|socket\.io|ws|@grpc/.*|grpc|kafkajs|mqtt|nats|amqplib|amqp-connection-manager|ioredis|redis|swagger-ui-.*|apollo-server-.*|@apollo/.*|graphql.*|ts-morph|mongoose|cron|bull|bullmq|express`),
	loads(`mongodb|mongodb-core|mongoose`, `kerberos|saslprep|snappy|bson-ext|bson|aws4|socks|gcp-metadata|mongodb-.*|@mongodb-js/.*|@aws-sdk/.*|mongoose-.*`),
	loads(`ws|engine\.io|engine\.io-client|socket\.io.*|primus|faye-websocket|uws`, `bufferutil|utf-8-validate|ws|uws|eiows|engine\.io|sockjs|faye|socket\.io-.*`),
	loads(`pg|pg-pool|pg-promise`, `pg-native|pg-.*`), loads(`redis|ioredis|kue|bull`, `hiredis.*|redis-parser`), loads(`node-fetch|cross-fetch|isomorphic-fetch`, `encoding|node-fetch`),
	loads(`jsdom`, `canvas.*`), loads(`winston.*|logform`, `winston-.*|@colors/.*|colors`), loads(`pino|pino-.*|thread-stream`, `pino-.*|@logtail/.*`), loads(`log4js`, `log4js-.*|@log4js-node/.*|nodemailer|axios|amqplib|redis|loggly|hipchat-notifier|mailgun-js|@logentries/.*|node-gelf.*`),
	loads(`passport.*|grant|@nestjs/passport`, `passport-.*|@passport.*`), loads(`keyv|cacheable-request|got|cache-manager|@keyv/.*`, `@keyv/.*|keyv-.*|cache-manager-.*`),
	loads(`moleculer.*`, `nats|node-nats-streaming|amqplib|ioredis|mqtt|kafkajs|kafka-node|rhea-promise|avsc|msgpack5|notepack\.io|protobufjs|thrift|cbor-x|redlock|bunyan|pino|winston|log4js|debug|etcd3|moleculer-.*|jaeger-client|dd-trace|zipkin.*`),
	loads(`grunt|grunt-cli|load-grunt-.*|jit-grunt|matchdep`, `grunt-.*|@.*/grunt-.*`), loads(`gulp|gulp-load-plugins|auto-plug`, `gulp-.*|@.*/gulp-.*|vinyl-.*`), loads(`karma`, `karma-.*|@.*/karma-.*`),
	loads(`@babel/.*|babel-.*|babel`, `@babel/.*|babel-.*|@.*/babel-.*|core-js.*|regenerator-runtime|react-refresh`), loads(`eslint.*`, `eslint-.*|@.*/eslint-.*|babel-eslint|@babel/eslint-.*|@typescript-eslint/.*`),
	loads(`webpack.*|@rspack/.*|next|nuxt.*|@nuxt.*/.*|vite|vite-.*|@vitejs/.*|parcel.*|@parcel/.*|react-scripts|@vue/cli-.*|@angular-devkit/.*|@angular/cli|rollup.*|@rollup/.*|gatsby.*|sass-loader|less-loader|stylus-loader|postcss-.*|gulp-sass|gulp-less|grunt-sass|browserify.*|laravel-mix|@symfony/.*|ember-cli.*|@storybook/.*|@docusaurus/.*|astro|@astrojs/.*|@sveltejs/.*|svelte-.*|umi|@umijs/.*|@ionic/.*|@craco/.*|metro.*|expo.*`,
		styles+`|.*-loader|.*-webpack-plugin|webpack-.*|@svgr/.*|@vitejs/.*|vite-.*|rollup-.*|@rollup/.*|@vue/.*|vue-.*|@nuxt.*/.*|nuxt-.*|@next/.*|gatsby-.*|sharp|@parcel/.*|parcel-.*|@angular/.*|@angular-devkit/.*|zone\.js|react-dom|react|react-refresh|@babel/.*|babel-.*|core-js.*|regenerator-runtime|pug|ejs|handlebars|html-.*|@storybook/.*|@docusaurus/.*|@astrojs/.*|@sveltejs/.*|svelte.*|ember-.*|@ember/.*|@umijs/.*|typescript|tslib|browserify-.*|.*ify|@swc/.*|@mdx-js/.*|expo-.*|metro-.*|critters|beasties|@svelte.*`),
	loads(`serverless.*`, `serverless-.*|@.*/serverless-.*`), loads(`hexo.*`, `hexo-.*|@.*/hexo-.*`), loads(`hubot`, `hubot-.*`), loads(`homebridge`, `homebridge-.*`), loads(`yeoman-.*|yo`, `generator-.*`), loads(`metalsmith`, `metalsmith-.*|@metalsmith/.*`),
	loads(`node-red|@node-red/.*`, `node-red-.*|@.*/node-red-.*`), loads(`newman`, `newman-reporter-.*`), loads(`nodebb`, `nodebb-.*`), loads(`egg|egg-.*|midway.*|@midwayjs/.*`, `egg-.*|@eggjs/.*|@midwayjs/.*`), loads(`sails`, `sails-.*`), loads(`fastify|@fastify/.*`, `@fastify/.*|fastify-.*|pino-.*`), loads(`hapi|@hapi/.*`, `@hapi/.*|catbox-.*`),
	loads(`prettier`, `prettier-.*|@.*/prettier-.*`), loads(`stylelint`, `stylelint-.*`), loads(`jest.*|@jest/.*`, `jest-.*|@jest/.*|babel-jest|ts-jest`), loads(`tsd|typedoc|jsdoc`, `typedoc-.*|jsdoc-.*`), loads(`@oclif/.*`, `@oclif/.*`), loads(`semantic-release`, `@semantic-release/.*|semantic-release-.*`),
	loads(`verdaccio.*|@verdaccio/.*`, `verdaccio-.*|@verdaccio/.*|sinopia-.*`), loads(`pm2|@pm2/.*`, `pm2-.*|@pm2/.*`), loads(`apollo-.*|@apollo/.*|graphql-.*|@graphql-.*/.*`, `graphql|graphql-.*|@graphql-.*/.*`), loads(`prisma|@prisma/.*`, `prisma|@prisma/.*`), loads(`remark.*|unified.*|rehype.*|gray-matter|markdown-it|marked`, `remark-.*|rehype-.*|retext-.*|markdown-it-.*|marked-.*|highlight\.js|js-yaml|toml`),
	loads(`strapi.*|@strapi/.*`, `strapi-.*|@strapi/.*|koa.*|@koa/.*`), loads(`config`, `js-yaml|yaml|json5|hjson|toml|coffee-script|coffeescript|iced-coffee-script|cson|properties|x2js|ts-node|@types/config`), loads(`cosmiconfig|rc-config-loader|interpret|rechoir|liftoff`, `js-yaml|json5|coffee.*|ts-node|typescript|@babel/register|babel-.*|livescript|sucrase|esbuild-.*|@swc/register|toml.*|yaml.*`),
	loads(`debug|diagnostics|enabled|@dabh/diagnostics`, `supports-color`), loads(`follow-redirects`, `debug`), loads(`mysql2|mysql|cls-bluebird|retry-as-promised|mongoose|redis|nano|sequelize.*`, `bluebird|cls-.*|continuation-local-storage`), loads(`typeorm|routing-controllers|@nestjs/.*`, `class-transformer|class-validator|typedi`),
	loads(`fast-json-stringify`, `long`), loads(`formidable`, `gently`), loads(`object-hash|jsonpath|swagger-ui-dist`, `base64-js|inherits|util|ieee754|escodegen|deep-extend|js-yaml|lodash|sha\.js`), loads(`docsify-.*`, `marked|prismjs|strip-indent`), loads(`nconf`, `nconf-.*`), loads(`i18next`, `i18next-.*`), loads(`express-session|connect`, `connect-.*`), loads(`aws-sdk|@aws-sdk/.*`, `@aws-sdk/.*|aws-crt`), loads(`superagent`, `superagent-.*`), loads(`mocha`, `mocha-.*|ts-node|@babel/register`), loads(`request`, `request-.*`), loads(`level.*|abstract-level`, `leveldown|.*-leveldown|memdown|rocksdb|level-.*|leveldown-.*|sublevel.*`), loads(`pouchdb.*`, `pouchdb-.*|leveldown|leveldb.*`), loads(`agenda|bree`, `mongodb|@breejs/.*`), loads(`elastic-apm-node|newrelic|dd-trace|@opentelemetry/.*|appdynamics|@sentry/.*`, `@opentelemetry/.*|@newrelic/.*|@sentry/.*`),
}

// injected are packages that compilers put imports of into what they make.
var injected = regexp.MustCompile(`^(?:tslib|@babel/runtime(?:-corejs[23])?|@swc/helpers|core-js|core-js-pure|core-js-bundle|regenerator-runtime|@oxc-project/runtime|react-refresh|zone\.js)$`)

// conventions notes what is loaded without a name in any file.
func (a *analysis) conventions() {
	for _, name := range slices.Sorted(maps.Keys(a.find.byName)) {
		if injected.MatchString(name) {
			for _, key := range a.find.byName[name] {
				a.doubt("", key, "compilers put imports of "+name+" into what they make", fettle.Location{Path: a.p.Project.Lockfile})
			}
		}
	}
}

// hosts notes what the package is known to load by name.
func (a *analysis) hosts(key string) {
	host := a.find.name[key]
	for _, l := range loaders {
		if !l.host.MatchString(host) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(a.find.byName)) {
			if name == host || !l.plugins.MatchString(name) {
				continue
			}
			for _, to := range a.find.byName[name] {
				if strings.HasPrefix(to, key+"/") {
					continue // its own copy, which its files name
				}
				a.doubt(key, to, fmt.Sprintf("%s may load it by name", host), fettle.Location{Path: "package.json"})
			}
		}
	}
}
