namespace Shared.Space
{
    public static class Beta
    {
        public static void Go() { System.Console.WriteLine("VULN Shared.Space.Beta.Go"); }
    }
}
