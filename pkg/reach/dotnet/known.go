package dotnet

import "strings"

// known are the namespaces of packages that are called otherwise than these, or whose id is the beginning of others'; by id in
// lower case. They tell what an import means where the package is not restored, and are never enough to say that nothing imports it.
var known = map[string][]string{
	"newtonsoft.json":                       {"Newtonsoft.Json"},
	"newtonsoft.json.bson":                  {"Newtonsoft.Json.Bson"},
	"system.text.json":                      {"System.Text.Json"},
	"serilog":                               {"Serilog"},
	"nlog":                                  {"NLog"},
	"log4net":                               {"log4net"},
	"dapper":                                {"Dapper"},
	"entityframework":                       {"System.Data.Entity"},
	"microsoft.entityframeworkcore":         {"Microsoft.EntityFrameworkCore"},
	"npgsql":                                {"Npgsql", "NpgsqlTypes"},
	"npgsql.entityframeworkcore.postgresql": {"Npgsql.EntityFrameworkCore.PostgreSQL"},
	"mysql.data":                            {"MySql.Data"},
	"mysqlconnector":                        {"MySqlConnector"},
	"microsoft.data.sqlclient":              {"Microsoft.Data.SqlClient"},
	"system.data.sqlclient":                 {"System.Data.SqlClient"},
	"microsoft.data.sqlite":                 {"Microsoft.Data.Sqlite"},
	"microsoft.data.sqlite.core":            {"Microsoft.Data.Sqlite"},
	"oracle.manageddataaccess":              {"Oracle.ManagedDataAccess"},
	"oracle.manageddataaccess.core":         {"Oracle.ManagedDataAccess"},
	"mongodb.driver":                        {"MongoDB.Driver"},
	"mongodb.bson":                          {"MongoDB.Bson"},
	"stackexchange.redis":                   {"StackExchange.Redis"},
	"restsharp":                             {"RestSharp"},
	"automapper":                            {"AutoMapper"},
	"sharpziplib":                           {"ICSharpCode.SharpZipLib"},
	"dotnetzip":                             {"Ionic.Zip", "Ionic.Zlib", "Ionic.BZip2", "Ionic.Crc"},
	"sharpcompress":                         {"SharpCompress"},
	"yamldotnet":                            {"YamlDotNet"},
	"bouncycastle":                          {"Org.BouncyCastle"},
	"bouncycastle.cryptography":             {"Org.BouncyCastle"},
	"bouncycastle.netcore":                  {"Org.BouncyCastle"},
	"portable.bouncycastle":                 {"Org.BouncyCastle"},
	"sixlabors.imagesharp":                  {"SixLabors.ImageSharp"},
	"magick.net-q8-anycpu":                  {"ImageMagick"},
	"magick.net-q16-anycpu":                 {"ImageMagick"},
	"magick.net-q16-hdri-anycpu":            {"ImageMagick"},
	"itextsharp":                            {"iTextSharp"},
	"itext7":                                {"iText"},
	"htmlsanitizer":                         {"Ganss.Xss", "Ganss.XSS"},
	"htmlagilitypack":                       {"HtmlAgilityPack"},
	"anglesharp":                            {"AngleSharp"},
	"markdig":                               {"Markdig"},
	"fluentvalidation":                      {"FluentValidation"},
	"mediatr":                               {"MediatR"},
	"polly":                                 {"Polly"},
	"quartz":                                {"Quartz"},
	"hangfire.core":                         {"Hangfire"},
	"rabbitmq.client":                       {"RabbitMQ.Client"},
	"masstransit":                           {"MassTransit"},
	"google.protobuf":                       {"Google.Protobuf"},
	"grpc.net.client":                       {"Grpc.Net.Client"},
	"grpc.core":                             {"Grpc.Core"},
	"awssdk.core":                           {"Amazon.Runtime", "Amazon.Util"},
	"awssdk.s3":                             {"Amazon.S3"},
	"azure.identity":                        {"Azure.Identity"},
	"azure.storage.blobs":                   {"Azure.Storage.Blobs"},
	"microsoft.identitymodel.jsonwebtokens": {"Microsoft.IdentityModel.JsonWebTokens"},
	"system.identitymodel.tokens.jwt":       {"System.IdentityModel.Tokens.Jwt"},
	"jose-jwt":                              {"Jose"},
	"jwt":                                   {"JWT"},
	"snappier":                              {"Snappier"},
	"messagepack":                           {"MessagePack"},
	"protobuf-net":                          {"ProtoBuf"},
	"csvhelper":                             {"CsvHelper"},
	"nodatime":                              {"NodaTime"},
	"lucene.net":                            {"Lucene.Net"},
	"nest":                                  {"Nest"},
	"swashbuckle.aspnetcore.swaggergen":     {"Swashbuckle.AspNetCore.SwaggerGen"},
	"xunit":                                 {"Xunit"},
	"xunit.core":                            {"Xunit"},
	"nunit":                                 {"NUnit.Framework"},
	"mstest.testframework":                  {"Microsoft.VisualStudio.TestTools.UnitTesting"},
	"moq":                                   {"Moq"},
	"castle.core":                           {"Castle.DynamicProxy", "Castle.Core"},
	"dotnetnuke.core":                       {"DotNetNuke"},
	"umbracocms.core":                       {"Umbraco.Core"},
	"microsoft.aspnetcore.mvc.newtonsoftjson":       {"Microsoft.AspNetCore.Mvc.NewtonsoftJson"},
	"microsoft.aspnetcore.authentication.jwtbearer": {"Microsoft.AspNetCore.Authentication.JwtBearer"},
	"microsoft.owin": {"Microsoft.Owin"},
	"nancy":          {"Nancy"},
	"sshnet":         {"Renci.SshNet"},
	"ssh.net":        {"Renci.SshNet"},
	"mailkit":        {"MailKit"},
	"mimekit":        {"MimeKit"},
	"epplus":         {"OfficeOpenXml"},
	"closedxml":      {"ClosedXML"},
	"npoi":           {"NPOI"},
	"scriban":        {"Scriban"},
	"dotliquid":      {"DotLiquid"},
	"razorengine":    {"RazorEngine"},
	"fastjson":       {"fastJSON"},
	"jint":           {"Jint"},
	"libgit2sharp":   {"LibGit2Sharp"},
	"opentelemetry":  {"OpenTelemetry"},
	"unity":          {"Unity"},
	"autofac":        {"Autofac"},
	"ninject":        {"Ninject"},
}

// guess returns which of the packages that are not restored an import of the namespace surely means: the one whose namespace it
// is by the table, or whose id it begins with; of several the one with the longest.
func (ix *index) guess(namespace string) []string {
	for name := strings.ToLower(namespace); name != ""; name = above(name) {
		keys := ix.guesses[name]
		if len(keys) == 0 {
			continue
		}
		for _, key := range keys {
			if ix.libraries[key].installed {
				return nil // its assemblies say what they hold
			}
		}
		if !ix.only(keys) {
			return nil
		}
		return keys
	}
	return nil
}
