using Vuln.Json;

namespace Mid
{
    public class Loader
    {
        public void Run() { JsonText.Parse("mid"); }
        public void Idle() { }
    }

    public static class Quiet
    {
        public static int One() { return 1; }
    }
}
