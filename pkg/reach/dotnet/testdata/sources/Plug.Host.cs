using System.IO;
using System.Reflection;

namespace Plug
{
    public static class Host
    {
        public static void Start()
        {
            foreach (var file in Directory.GetFiles(System.AppDomain.CurrentDomain.BaseDirectory, "Vuln*.dll"))
            {
                foreach (var t in Assembly.LoadFrom(file).GetTypes())
                {
                    if (t.Name == "JsonText") t.GetMethod("Load").Invoke(null, new object[] { "x" });
                }
            }
        }
    }
}
