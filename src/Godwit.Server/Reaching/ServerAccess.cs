using System.Net;
using Godwit.Protocol;
using Godwit.Server.Configuration;
using Godwit.Server.Probes;

namespace Godwit.Server.Reaching;

/// <summary>Which server a command talks to, over which HTTP, and what it shows.</summary>
internal sealed record ServerAccess
{
    /// <summary>The mount point where nothing is said.</summary>
    public const string DefaultMount = "http://localhost:8080/rt";

    /// <summary>The path that a URL without one means.</summary>
    private const string DefaultPath = "/rt";

    /// <summary>The mount point, <c>http</c> or <c>https</c>.</summary>
    public required Uri Mount { get; init; }

    /// <summary>What is shown as <c>Authorization: Bearer</c>; null shows nothing.</summary>
    public string? Token { get; init; }

    /// <summary>Which HTTP, and whom it trusts.</summary>
    public ProbeCarrier Carrier { get; init; } = ProbeCarrier.Http1;

    /// <summary>Where to connect in place of the address in <see cref="Mount"/>; null connects there.</summary>
    public DnsEndPoint? Through { get; init; }

    /// <summary>Reads the URL of a mount point; one without a path means <c>/rt</c>.</summary>
    /// <returns>The mount point, and whether it is to be asked by HTTP/2 in clear text (<c>h2c</c>).</returns>
    /// <exception cref="ServerFault">It is none.</exception>
    public static (Uri Mount, bool IsH2c) ReadMount(string text, string source)
    {
        // A password may stand before the host, and is shown to nobody.
        if (text.Contains('@', StringComparison.Ordinal) && !(Uri.TryCreate(text, UriKind.Absolute, out Uri? plain) && plain is { Host.Length: > 0, UserInfo: "" }))
        {
            throw new ServerFault($"{source}: the URL of a mount point has no user and no password in it; it takes for example {DefaultMount}, and a credential by --token-file");
        }

        if (!text.Contains("://", StringComparison.Ordinal))
        {
            throw new ServerFault($"{source}: {Fault.Quote(text)} does not say http:// or https://; give for example http://{(text.Length is > 0 and < 100 && !text.Contains(' ', StringComparison.Ordinal) ? Fault.Shown(text) : "localhost:8080/rt")}");
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? mount) || mount.Host.Length == 0 || mount is not { Query: "", Fragment: "" })
        {
            throw new ServerFault($"{source}: {Fault.Quote(text)} is not the address of a mount point; it takes for example {DefaultMount}");
        }

        bool isH2c = mount.Scheme == "h2c";
        if (!isH2c && mount.Scheme is not ("http" or "https"))
        {
            throw new ServerFault($"{source}: {Fault.Quote(text)} begins with {mount.Scheme}://; it takes http://, https:// or h2c:// (HTTP/2 in clear text), also for WebSockets");
        }

        var built = new UriBuilder(mount) { Path = mount.AbsolutePath.Length > 1 ? mount.AbsolutePath.TrimEnd('/') : DefaultPath };
        if (isH2c)
        {
            (built.Scheme, built.Port) = ("http", mount.IsDefaultPort ? 80 : mount.Port);
        }

        return (built.Uri, isH2c);
    }

    /// <summary>Makes sure that a text is the name of a room.</summary>
    /// <exception cref="ServerFault">It is not.</exception>
    public static string RequireRoom(string text) => RoomName.TryParse(text, out _) ? text : throw new ServerFault($"{Fault.Quote(text)} is no room: {RoomName.Rule.TrimEnd('.')}");

    /// <summary>A room as a client asks for it.</summary>
    public ProbeTarget Room(string room) => new()
    {
        Mount = Mount,
        Room = room,
        Carrier = Carrier,
        Through = Through,
        Headers = Token is null ? [] : [new("Authorization", $"Bearer {Token}")],
        Keep = 4,
    };
}
