namespace Shared.Space
{
    public static class Alpha
    {
        public static void Go() { System.Console.WriteLine("VULN Shared.Space.Alpha.Go"); }
        public static string Alphabetical(this string s) { return s; }
    }

    public class Both { }
}
