package service

import (
	"strings"
)

// imageName normalizes the name of an image: no registry, tag or digest, lower case. A name whose last part is made of
// variables is "".
func imageName(image string) string {
	image = strings.ToLower(strings.TrimSpace(image))
	image = withoutVariables(image)
	image, _, _ = strings.Cut(image, "@")
	if slash, colon := strings.LastIndexByte(image, '/'), strings.LastIndexByte(image, ':'); colon > slash {
		image = image[:colon]
	}
	if first, rest, ok := strings.Cut(image, "/"); ok && (first == "" || first == "localhost" || strings.ContainsAny(first, ".:")) {
		image = rest
	}
	return strings.Trim(image, "/-_.")
}

// withoutVariables drops ${…}, $(…), {{…}} and $NAME.
func withoutVariables(text string) string {
	for _, pair := range [][2]string{{"{{", "}}"}, {"${", "}"}, {"$(", ")"}, {"<", ">"}} {
		for {
			from := strings.Index(text, pair[0])
			if from < 0 {
				break
			}
			to := strings.Index(text[from:], pair[1])
			if to < 0 {
				return text[:from]
			}
			text = text[:from] + text[from+to+len(pair[1]):]
		}
	}
	if at := strings.IndexByte(text, '$'); at >= 0 {
		end := at + 1
		for end < len(text) && (text[end] == '_' || text[end] >= 'a' && text[end] <= 'z' || text[end] >= '0' && text[end] <= '9') {
			end++
		}
		text = text[:at] + withoutVariables(text[end:])
	}
	return text
}

// stock reports whether an image is a well-known one that others publish.
func stock(image string) bool {
	owner, name, ok := strings.Cut(image, "/")
	if !ok {
		return stockNames[image]
	}
	last := name[strings.LastIndexByte(name, '/')+1:]
	return owner == "library" || stockOwners[owner] || stockNames[owner] || stockNames[last]
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		m[word] = true
	}
	return m
}

var stockNames = set(`adminer alpine amazonlinux apache arangodb bash busybox caddy cassandra centos cert-manager-controller chronograf
	clickhouse clickhouse-server cockroach consul couchbase couchdb curl dbgate debian dind docker dynamodb-local elasticsearch envoy etcd
	fluent-bit fluentd flyway gcr golang grafana haproxy hello-world httpbin httpd influxdb jaeger jaegertracing jenkins joomla k6 kafka
	kafka-ui keycloak kibana kong kube-rbac-proxy kube-state-metrics ldap localstack logstash loki mailcatcher mailhog mailpit mariadb memcached
	metabase metallb minio mongo mongo-express mongodb mosquitto mssql-server mysql mysql-server nats neo4j netshoot nginx nginx-ingress
	nginx-unprivileged node node-exporter nodejs opensearch openjdk opentelemetry-collector opentelemetry-collector-contrib
	oracle-xe otel-collector pause percona pgadmin pgadmin4 php phpmyadmin postgis postgres postgresql prometheus promtail pulsar python qdrant
	rabbitmq redis redis-stack redis-commander redisinsight registry rethinkdb ruby scylla seq server-sqlserver solr sonarqube spark squid sqlserver
	statsd swagger-ui swarm temporal timescaledb tomcat traefik ubuntu unbound varnish vault wait-for-it weaviate wiremock wordpress zipkin
	zookeeper oauth2-proxy cloudflared ngrok valkey dragonfly nginx-proxy swag openresty`)

var stockOwners = set(`bitnami bitnamilegacy grafana prom prometheus confluentinc minio hashicorp elastic elasticsearch kibana logstash
	provectuslabs datadog newrelic otel jaegertracing openzipkin fluent timescale mssql azure-storage amazon aws-observability google-containers
	google_containers ingress-nginx jetstack envoyproxy istio linkerd nginxinc kong traefik minio dpage mailhog axllent localstack wurstmeister
	testcontainers selenium jwilder nginxproxy cloudflare pomerium strimzi apache temporalio opensearchproject clickhouse metabase`)

// proxies are images that hand requests on to what is behind them.
var proxies = []string{"nginx", "traefik", "caddy", "haproxy", "envoy", "kong", "httpd", "apisix", "swag", "cloudflared", "ngrok", "pomerium",
	"oauth2-proxy", "varnish", "openresty", "apache", "tyk", "krakend", "squid", "ambassador", "emissary", "contour", "istio", "gateway"}

// isProxy reports whether an image is, by its name, one that hands requests on.
func isProxy(image string) bool {
	image = imageName(image)
	for _, name := range proxies {
		if strings.Contains(image, name) {
			return true
		}
	}
	return false
}
