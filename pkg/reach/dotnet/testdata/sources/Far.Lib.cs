namespace Far
{
    public class Trip
    {
        public void Go() { new Mid.Loader().Run(); }
        public void Stay() { }
    }
}
