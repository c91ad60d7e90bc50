using System;

namespace Vuln.Json
{
    public static class JsonText
    {
        public static string Parse(string s) { Console.WriteLine("VULN Vuln.Json.JsonText.Parse"); return s; }
        public static T Parse<T>(string s) { Parse(s); return default(T); }
        public static string Safe(string s) { return s; }
        public static string Load(string s) { return Inner.Deep(s); }
    }

    public class Reader : IReader
    {
        public string Name { get; set; }
        public string Read(string s) { return Inner.Deep(s); }
        public string Peek(string s) { return s; }
        public virtual void Close() { Console.WriteLine("VULN Vuln.Json.Reader.Close"); }
    }

    public interface IReader
    {
        string Read(string s);
    }

    internal static class Inner
    {
        public static string Deep(string s) { Console.WriteLine("VULN Vuln.Json.Inner.Deep"); return s; }
    }

    public class JsonNameAttribute : Attribute
    {
        public JsonNameAttribute(string name) { }
    }

    public static class JsonExtensions
    {
        public static string ToJsonText(this object o) { return JsonText.Parse(o.ToString()); }
    }

    public class Options { public bool Deep; }
}
