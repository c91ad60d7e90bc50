using System;

namespace Odd.Space
{
    public static class Thing
    {
        public static void Go() { Console.WriteLine("VULN Odd.Space.Thing.Go"); }
    }
}
