package service_test

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

// deployment is a workload called name that runs an image of the same name.
func deployment(name string) string {
	return `
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ` + name + `
spec:
  template:
    metadata:
      labels: {app: ` + name + `}
    spec:
      containers:
        - name: main
          image: registry.example/acme/` + name + `:1.4
`
}

func clusterService(name, spec string) string {
	return "\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: " + name + "\nspec:\n  selector: {app: " + name + "}\n  " + spec + "\n"
}

var two = projecttest.Tree{"services/cart/package.json": "{}", "services/mail/go.mod": "module example.com/mail\n"}

func with(tree projecttest.Tree, files ...string) projecttest.Tree {
	all := projecttest.Tree{}
	for name, text := range tree {
		all[name] = text
	}
	for i := 0; i+1 < len(files); i += 2 {
		all[files[i]] = files[i+1]
	}
	return all
}

func TestAServiceDecidesWhoReachesItsWorkload(t *testing.T) {
	for _, tt := range []struct{ name, more, want string }{
		{"inside of the cluster", clusterService("cart", "type: ClusterIP"), "controlled"},
		{"without a type", clusterService("cart", "clusterIP: None"), "controlled"},
		{"of a load balancer", clusterService("cart", "type: LoadBalancer"), "open"},
		{"of the nodes", clusterService("cart", "type: NodePort"), "open"},
		{"of external addresses", clusterService("cart", "externalIPs: [192.0.2.1]"), "open"},
		{"private ranges", clusterService("cart", "type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.0/8, 192.168.0.0/16]"), "controlled"},
		{"wide ranges", clusterService("cart", "type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.0/8, 0.0.0.0/0]"), "open"},
		{"a range that only begins as a private one", clusterService("cart", "type: LoadBalancer\n  loadBalancerSourceRanges: [10.0.0.0/4]"), "open"},
		{"none", "", ""},
		{"of another workload", clusterService("mail", "type: LoadBalancer"), ""},
		{"behind an ingress", clusterService("cart", "type: ClusterIP") + `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  rules:
    - http:
        paths:
          - backend: {service: {name: cart, port: {number: 80}}}
`, "open"},
		{"behind an old ingress", clusterService("cart", "type: ClusterIP") + `
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: web}
spec: {backend: {serviceName: cart, servicePort: 80}}
`, "open"},
		{"behind an internal ingress", clusterService("cart", "type: ClusterIP") + `
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, annotations: {alb.ingress.kubernetes.io/scheme: internal}}
spec: {defaultBackend: {service: {name: cart}}}
`, "controlled"},
		{"behind a gateway", clusterService("cart", "type: ClusterIP") + `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: outside}]
  rules: [{backendRefs: [{name: cart, port: 80}]}]
`, "open"},
		{"routed in the mesh", clusterService("cart", "type: ClusterIP") + `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  parentRefs: [{name: cart, kind: Service}]
  rules: [{backendRefs: [{name: cart, port: 80}]}]
`, "controlled"},
		{"behind Istio", clusterService("cart", "type: ClusterIP") + `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: web}
spec:
  gateways: [outside]
  http: [{route: [{destination: {host: cart.shop.svc.cluster.local}}]}]
`, "open"},
		{"behind OpenShift", clusterService("cart", "type: ClusterIP") + `
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: web}
spec: {to: {kind: Service, name: cart}}
`, "open"},
		{"behind Traefik", clusterService("cart", "type: ClusterIP") + `
---
apiVersion: traefik.io/v1alpha1
kind: IngressRoute
metadata: {name: web}
spec: {routes: [{services: [{name: cart, port: 80}]}]}
`, "open"},
		{"opened by an overlay", clusterService("cart", "type: ClusterIP") + "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: cart}\nspec: {type: LoadBalancer}\n", "open"},
		{"behind a proxy that is open", clusterService("cart", "type: ClusterIP") + clusterService("edge", "type: LoadBalancer") + `
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: edge}
spec: {template: {metadata: {labels: {app: edge}}, spec: {containers: [{image: "nginx:1.27"}]}}}
`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := discover(t, with(two, "deploy/all.yaml", deployment("cart")+tt.more))
			got := ""
			for _, f := range found.Facts {
				if f.Signal != fettle.Exposure || f.Service != "services/cart" {
					t.Errorf("not about the cart: %+v", f)
				}
				if got != open {
					got = f.Text
				}
			}
			if got != tt.want {
				t.Errorf("exposure of cart is %q, want %q", got, tt.want)
			}
		})
	}
}

const open = "open"

func TestInternalLoadBalancersOfTheCloudsAreControlled(t *testing.T) {
	for _, annotation := range []string{
		`service.beta.kubernetes.io/aws-load-balancer-internal: "true"`,
		`service.beta.kubernetes.io/aws-load-balancer-internal: 0.0.0.0/0`,
		`service.beta.kubernetes.io/aws-load-balancer-scheme: internal`,
		`service.beta.kubernetes.io/azure-load-balancer-internal: "true"`,
		`networking.gke.io/load-balancer-type: Internal`,
		`cloud.google.com/load-balancer-type: "Internal"`,
	} {
		found := discover(t, with(two, "k8s.yaml", deployment("cart")+"\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: cart\n  annotations:\n    "+annotation+"\nspec: {type: LoadBalancer, selector: {app: cart}}\n"))
		want(t, lines(found.Facts), "services/cart exposure controlled kubernetes k8s.yaml:22")
	}
	found := discover(t, with(two, "k8s.yaml", deployment("cart")+"\n---\napiVersion: v1\nkind: Service\nmetadata:\n  name: cart\n  annotations:\n    service.beta.kubernetes.io/azure-load-balancer-internal: \"false\"\nspec: {type: LoadBalancer, selector: {app: cart}}\n"))
	want(t, lines(found.Facts), "services/cart exposure open kubernetes k8s.yaml:23")
}

func TestListsAndJobsAndNodesAreRead(t *testing.T) {
	found := discover(t, with(two, "k8s/list.yaml", trim(`
apiVersion: v1
kind: List
items:
  - apiVersion: batch/v1
    kind: CronJob
    metadata: {name: nightly, namespace: shop-prod}
    spec:
      jobTemplate:
        spec:
          template:
            metadata: {labels: {team: post}}
            spec: {containers: [{image: "acme/mail:2"}]}
  - apiVersion: v1
    kind: Pod
    metadata: {name: c, labels: {data-classification: PCI, tier: "1"}}
    spec:
      hostNetwork: true
      containers: [{image: "acme/cart", ports: [{containerPort: 80, hostPort: 80}]}]
`)))
	want(t, lines(found.Facts),
		"services/cart criticality high kubernetes k8s/list.yaml:15",
		"services/cart data pci kubernetes k8s/list.yaml:15",
		"services/cart exposure open kubernetes k8s/list.yaml:17",
		"services/cart exposure open kubernetes k8s/list.yaml:18",
		"services/cart regime pci-dss kubernetes k8s/list.yaml:15",
		"services/mail environment production kubernetes k8s/list.yaml:6",
		"services/mail exposure controlled kubernetes k8s/list.yaml:5",
		"services/mail owner post kubernetes k8s/list.yaml:11",
		"services/mail role job kubernetes k8s/list.yaml:5")
}

func TestWhatIsNotSureToBeAboutCodeOnlyRaises(t *testing.T) {
	t.Run("an open service of an unknown image", func(t *testing.T) {
		found := discover(t, with(two, "services/k8s.yaml", deployment("gateway-x")+clusterService("gateway-x", "type: LoadBalancer")))
		want(t, lines(found.Facts), "services exposure open kubernetes services/k8s.yaml:23")
	})
	t.Run("a closed service of an unknown image", func(t *testing.T) {
		found := discover(t, with(two, "services/k8s.yaml", deployment("gateway-x")+clusterService("gateway-x", "type: ClusterIP")))
		want(t, lines(found.Facts))
	})
	t.Run("an image of others", func(t *testing.T) {
		found := discover(t, with(two, "k8s.yaml", deployment("redis")+clusterService("redis", "type: LoadBalancer")))
		want(t, lines(found.Facts))
	})
	t.Run("two folders of one name", func(t *testing.T) {
		found := discover(t, with(two, "old/cart/package.json", "{}", "k8s.yaml", deployment("cart")+clusterService("cart", "type: ClusterIP")))
		want(t, lines(found.Facts))
	})
	t.Run("one project and one image", func(t *testing.T) {
		found := discover(t, projecttest.Tree{"app/package.json": "{}", "k8s.yaml": deployment("storefront") + clusterService("storefront", "type: ClusterIP")})
		want(t, lines(found.Facts), "app exposure controlled kubernetes k8s.yaml:23")
	})
	t.Run("one project and two images", func(t *testing.T) {
		found := discover(t, projecttest.Tree{"app/package.json": "{}", "k8s.yaml": deployment("storefront") + clusterService("storefront", "type: ClusterIP") + deployment("other")})
		want(t, lines(found.Facts))
	})
}

func TestABrokenManifestIsAGapAndClosesNothing(t *testing.T) {
	found := discover(t, with(two,
		"k8s/cart.yaml", deployment("cart")+clusterService("cart", "type: ClusterIP"),
		"k8s/broken.yaml", "apiVersion: v1\nkind: Service\nmetadata:\n  name: [\n"))
	want(t, lines(found.Facts))
	projecttest.WantGaps(t, found.Gaps, "k8s/broken.yaml:")
}

func TestARawChartOnlyOpens(t *testing.T) {
	chart := projecttest.Tree{
		"charts/cart/Chart.yaml":             "apiVersion: v2\nname: cart\nversion: 1.0.0\n",
		"charts/cart/templates/service.yaml": "apiVersion: v1\nkind: Service\nspec:\n  type: {{ .Values.service.type }}\n",
		"charts/cart/templates/ingress.yaml": "{{- if .Values.ingress.enabled }}\napiVersion: networking.k8s.io/v1\nkind: Ingress\n{{- end }}\n",
		"services/cart/package.json":         "{}",
		"services/mail/go.mod":               "module example.com/mail\n",
		"compose.yaml":                       "services:\n  cart: {build: services/cart}\n  mail: {build: services/mail}\n",
	}
	found := discover(t, with(chart, "charts/cart/values.yaml", "service: {type: ClusterIP}\ningress: {enabled: false}\n"))
	want(t, lines(found.Facts), "services/mail exposure controlled compose compose.yaml:3")
	found = discover(t, with(chart, "charts/cart/values.yaml", "ingress: {enabled: false}\n", "charts/cart/values-prod.yaml", "ingress:\n  enabled: true\n"))
	want(t, lines(found.Facts),
		"services/cart exposure open helm charts/cart/values-prod.yaml:2",
		"services/mail exposure controlled compose compose.yaml:3")
	if len(found.Gaps) > 0 {
		t.Errorf("gaps of a chart: %v", found.Gaps)
	}
}

func TestAnImageThatServesIsNoJob(t *testing.T) {
	job := "\n---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate}\nspec: {template: {spec: {containers: [{image: acme/cart}]}}}\n"
	found := discover(t, with(two, "k8s.yaml", job))
	want(t, lines(found.Facts), "services/cart exposure controlled kubernetes k8s.yaml:4", "services/cart role job kubernetes k8s.yaml:4")
	for name, more := range map[string][]string{
		"that is deployed too": {"d.yaml", deployment("cart")},
		"that listens":         {"services/cart/a.js", "require('http').createServer(f)\n"},
	} {
		found := discover(t, with(two, append(more, "k8s.yaml", job)...))
		for _, f := range found.Facts {
			if f.Text == "job" || f.Text == "controlled" {
				t.Errorf("an image %s: %+v", name, f)
			}
		}
	}
}

func TestNothingIsControlledBehindAProxyThatTheTreeBuilds(t *testing.T) {
	k8s := deployment("cart") + clusterService("cart", "type: ClusterIP") + deployment("mail") + clusterService("mail", "type: LoadBalancer")
	found := discover(t, with(two, "k8s.yaml", k8s, "services/mail/Dockerfile", "FROM nginx:1\nCOPY nginx.conf /etc/nginx/\n"))
	want(t, lines(found.Facts, fettle.Exposure), "services/mail exposure open kubernetes k8s.yaml:46")
	found = discover(t, with(two, "k8s.yaml", k8s, "services/mail/Dockerfile", "FROM golang:1\n"))
	want(t, lines(found.Facts, fettle.Exposure), "services/cart exposure controlled kubernetes k8s.yaml:23", "services/mail exposure open kubernetes k8s.yaml:46")
}
