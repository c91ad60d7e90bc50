namespace Plain
{
    public static class Text
    {
        public static string Trim(string s) { return s.Trim(); }
    }
}
