namespace Godwit.Feeds.Pump;

/// <summary>How octets reach the socket of a connection.</summary>
internal enum Lane : byte
{
    /// <summary>Through the web server's pipe: TLS, HTTP/2, polls and streams.</summary>
    Kestrel,

    /// <summary>By the shard itself, on a socket that the web server has let go of.</summary>
    Socket,

    /// <summary>By datagrams of a data channel.</summary>
    Udp,
}

/// <summary>Their names.</summary>
internal static class Lanes
{
    private static readonly string[] Names = ["kestrel", "socket", "udp"];

    /// <summary>How many there are.</summary>
    public static int Count => Names.Length;

    /// <summary>The name of a lane.</summary>
    public static string Name(this Lane lane) => Names[(int)lane];
}
