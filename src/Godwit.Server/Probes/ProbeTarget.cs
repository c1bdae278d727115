using System.Net;
using System.Net.Sockets;

namespace Godwit.Server.Probes;

/// <summary>Which room of which server a probe reads or writes, and how it asks.</summary>
internal sealed record ProbeTarget
{
    /// <summary>The server with its mount point, for example <c>http://127.0.0.1:8080/rt</c>.</summary>
    public required Uri Mount { get; init; }

    /// <summary>The room's name, sent as it is given.</summary>
    public required string Room { get; init; }

    /// <summary>Where to connect instead of to the address in <see cref="Mount"/>, which is still what is asked for; null connects there.</summary>
    public EndPoint? Through { get; init; }

    /// <summary>More servers at which the room is, by their roots: requests go to <see cref="Mount"/>'s and to these in turn. None by default.</summary>
    public IReadOnlyList<Uri> Others { get; init; } = [];

    /// <summary>What carries the requests; HTTP/1.1 by default.</summary>
    public ProbeCarrier Carrier { get; init; } = ProbeCarrier.Http1;

    /// <summary>Headers that are sent with every request, <c>Host</c>, <c>Origin</c> or a forwarding header among them.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>More of the query string, without <c>?</c>; empty by default.</summary>
    public string Query { get; init; } = "";

    /// <summary>The session token that a reader of a session presents; null begins a new session.</summary>
    public string? Session { get; init; }

    /// <summary>Whether a reader by session exchanges insists that the token of the answer before is taken. Where servers lose their keys, or their clocks, it may not be.</summary>
    public bool InsistsOnSession { get; init; } = true;

    /// <summary>The most entries an answer at the room's URL may have; null leaves it to the server.</summary>
    public int? Limit { get; init; }

    /// <summary>The <c>wait</c> of a long poll.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How long a short poll reader pauses after an answer that had nothing new.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a reader that polls pauses after its first answer, so that many that begin together do not ask together; null for as ever.</summary>
    public TimeSpan? FirstPause { get; init; }

    /// <summary>Whether a short poll reader pauses after every answer but one that says there is more, as clients do that poll by the clock, and not only after one that had nothing new; see <see cref="PollClock"/>.</summary>
    public bool PollsByClock { get; init; }

    /// <summary>Whether a short poll reader pauses for as long as the server suggests (<c>Godwit-Poll-After</c>), and <see cref="PollEvery"/> only where it does not.</summary>
    public bool FollowsPace { get; init; }

    /// <summary>Whether SSE blocks carry whole frames (<c>?full</c>); other transports always do.</summary>
    public bool Full { get; init; }

    /// <summary>Whether a WebSocket probe answers pings, as RFC 6455 demands.</summary>
    public bool AnswersPings { get; init; } = true;

    /// <summary>
    /// The kernel's receive buffer in octets, set before connecting so that a reader that stops reading stalls its server soon; null leaves it to the kernel.
    /// Over a data channel it is how many characters of lines may wait for the reader before its socket is not read any more.
    /// </summary>
    public int? ReceiveBuffer { get; init; }

    /// <summary>Makes the sockets that connect, somewhere else than in this network; null makes them here.</summary>
    public Func<Socket>? Sockets { get; init; }

    /// <summary>Makes the sockets of UDP that data channels come over, somewhere else than in this network; null makes them here.</summary>
    public Func<AddressFamily, Socket>? Datagrams { get; init; }

    /// <summary>How many of the latest frames a reader keeps for a report.</summary>
    public int Keep { get; init; } = 64;

    /// <summary>Gives the receive timestamps and the pauses.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The address of the room with a query string made of all non-empty parts.</summary>
    public Uri Address(params ReadOnlySpan<string> query) => Address("/rooms/" + Room, query);

    /// <summary>The address of sessions.</summary>
    public Uri SessionAddress => Address("/session", []);

    /// <summary>The address of publish streams.</summary>
    public Uri PublishAddress => Address("/publish", []);

    private Uri Address(string path, ReadOnlySpan<string> query)
    {
        var parts = new List<string>();
        foreach (string part in query)
        {
            if (part.Length > 0)
            {
                parts.Add(part);
            }
        }

        if (Query.Length > 0)
        {
            parts.Add(Query);
        }

        string address = Mount.AbsoluteUri.TrimEnd('/') + path;
        return new Uri(parts.Count == 0 ? address : address + "?" + string.Join('&', parts));
    }

    /// <summary>The <c>limit</c> of a request, empty if the server decides.</summary>
    public string LimitQuery => Limit is { } limit ? FormattableString.Invariant($"limit={limit}") : "";
}
