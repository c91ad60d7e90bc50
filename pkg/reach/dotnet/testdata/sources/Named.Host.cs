using System;

namespace Named
{
    public static class Host
    {
        public static void Start() { Type.GetType("Vuln.Json.JsonText, Vuln.Json").GetMethod("Load").Invoke(null, new object[] { "x" }); }
    }
}
