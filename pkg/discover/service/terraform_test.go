package service_test

import (
	"testing"

	"github.com/fettle-dev/fettle/pkg/discover/projecttest"
	"github.com/fettle-dev/fettle/pkg/fettle"
)

func TestTerraformResourcesThatExposeAreOpen(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"security group", `resource "aws_security_group" "cart" {
  ingress {
    cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"]
  }
}`, "open main.tf:3"},
		{"security group of IPv6", `resource "aws_security_group" "cart" {
  ingress { ipv6_cidr_blocks = ["::/0"] }
}`, "open main.tf:2"},
		{"security group of the network", `resource "aws_security_group" "cart" {
  ingress { cidr_blocks = ["10.0.0.0/8"] }
  egress { cidr_blocks = ["0.0.0.0/0"] }
}`, ""},
		{"dynamic block and a variable", `variable "from" { default = ["0.0.0.0/0"] }
resource "aws_security_group" "cart" {
  dynamic "ingress" {
    for_each = [80]
    content { cidr_blocks = var.from }
  }
}`, "open main.tf:5"},
		{"rule of egress", `resource "aws_security_group_rule" "cart" {
  type = "egress"
  cidr_blocks = ["0.0.0.0/0"]
}`, ""},
		{"rule of ingress", `resource "aws_security_group_rule" "cart" {
  type = "ingress"
  cidr_blocks = ["0.0.0.0/0"]
}`, "open main.tf:3"},
		{"load balancer", `resource "aws_lb" "cart" {}`, "open main.tf:1"},
		{"internal load balancer", `locals { inside = true }
resource "aws_lb" "cart" { internal = local.inside }`, "controlled main.tf:2"},
		{"load balancer of an unknown variable", `variable "inside" {}
resource "aws_lb" "cart" { internal = var.inside }`, "open main.tf:2"},
		{"load balancer of a condition", `resource "aws_lb" "cart" { internal = var.x ? true : false }`, "open main.tf:1"},
		{"function address", `resource "aws_lambda_function_url" "cart" { authorization_type = "NONE" }`, "open main.tf:1"},
		{"private API", `resource "aws_api_gateway_rest_api" "cart" {
  endpoint_configuration { types = ["PRIVATE"] }
}`, "controlled main.tf:2"},
		{"firewall of Google", `resource "google_compute_firewall" "cart" {
  allow { protocol = "tcp" }
  source_ranges = ["0.0.0.0/0"]
}`, "open main.tf:3"},
		{"firewall of Google without sources", `resource "google_compute_firewall" "cart" {
  allow { protocol = "tcp" }
}`, "open main.tf:1"},
		{"firewall of Google for tags", `resource "google_compute_firewall" "cart" {
  allow { protocol = "tcp" }
  source_tags = ["web"]
}`, ""},
		{"Cloud Run", `resource "google_cloud_run_v2_service" "cart" { ingress = "INGRESS_TRAFFIC_INTERNAL_ONLY" }`, "controlled main.tf:1"},
		{"rule of Azure", `resource "azurerm_network_security_rule" "cart" {
  direction = "Inbound"
  access = "Allow"
  source_address_prefix = "Internet"
}`, "open main.tf:4"},
		{"rule of Azure that denies", `resource "azurerm_network_security_rule" "cart" {
  direction = "Inbound"
  access = "Deny"
  source_address_prefix = "*"
}`, ""},
		{"container app", `resource "azurerm_container_app" "cart" {
  ingress { external_enabled = false }
}`, "controlled main.tf:2"},
		{"web app", `resource "azurerm_linux_web_app" "cart" {}`, "open main.tf:1"},
		{"something else", `resource "aws_s3_bucket" "cart" {}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			found := discover(t, with(two, "main.tf", tt.text))
			got := ""
			for _, f := range found.Facts {
				if got += f.Text + " " + f.Where.String(); f.Service != "services/cart" || f.Signal != fettle.Exposure {
					t.Errorf("%+v", f)
				}
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			projecttest.WantGaps(t, found.Gaps)
		})
	}
}

func TestTerraformInJSONIsRead(t *testing.T) {
	found := discover(t, with(two, "main.tf.json", `{"resource": {"aws_security_group": {"cart": {
  "ingress": [{"cidr_blocks": ["0.0.0.0/0"]}],
  "tags": {"data_classification": "phi"}}}}}`))
	want(t, lines(found.Facts),
		"services/cart data phi terraform main.tf.json:3",
		"services/cart exposure open terraform main.tf.json:2")
}

func TestTagsOfTerraformAreFacts(t *testing.T) {
	found := discover(t, projecttest.Tree{
		"app/package.json": "{}",
		"infra/main.tf": trim(`
locals {
  common = { owner = "payments", Environment = "prod" }
}
resource "aws_s3_bucket" "cards" {
  bucket = "cards"
  tags = merge(local.common, {
    data_classification = "PCI"
    Criticality         = "Tier 1"
    Note                = "${var.note}"
  })
}
`)})
	want(t, lines(found.Facts),
		"app criticality high terraform infra/main.tf:8",
		"app data pci terraform infra/main.tf:7",
		"app environment production terraform infra/main.tf:2",
		"app owner payments terraform infra/main.tf:2",
		"app regime pci-dss terraform infra/main.tf:7")
}

func TestTerraformThatDoesNotParseIsAGap(t *testing.T) {
	found := discover(t, with(two,
		"a.tf", "resource \"aws_lb\" \"cart\" {\n  internal = true\n}\n",
		"b.tf", "resource \"aws_lb\" \"x\" {\n  internal = \n"))
	want(t, lines(found.Facts), " exposure open terraform b.tf:2") // what is read of it may only raise
	projecttest.WantGaps(t, found.Gaps, "b.tf:2: not valid HCL")
}

func TestWhatAnUnknownTerraformNameOpensIsTheCodeAround(t *testing.T) {
	found := discover(t, with(two, "infra/x.tf", `resource "aws_lb" "edge" {}`, "infra/y.tf", `resource "aws_lb" "back" { internal = true }`))
	want(t, lines(found.Facts), " exposure open terraform infra/x.tf:1")
}

func TestAnOpenResourceOfNobodyMayLeadToAnInternalOne(t *testing.T) {
	found := discover(t, with(two, "main.tf", "resource \"aws_lb\" \"cart\" { internal = true }\nresource \"aws_apigatewayv2_api\" \"front\" {}\n"))
	want(t, lines(found.Facts), " exposure open terraform main.tf:2")
}
