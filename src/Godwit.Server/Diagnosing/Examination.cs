using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Diagnosing;

/// <summary>What all checks of one way to a server know, and what they have found.</summary>
/// <param name="server">The way to the server.</param>
/// <param name="room">The room that is read and published to.</param>
/// <param name="idle">How long connections are left alone.</param>
/// <param name="atOnce">How long an answer may take that comes at once; more where a round trip takes long.</param>
/// <param name="time">The clock.</param>
internal sealed class Examination(ServerAccess server, string room, TimeSpan idle, TimeSpan atOnce, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly List<Finding> _findings = [];

    /// <summary>The room that is read and published to.</summary>
    public ProbeTarget Room { get; private set; } = server.Room(room) with { Time = time, Full = true, Keep = 8 };

    /// <summary>The way to the server.</summary>
    public ServerAccess Server { get; private set; } = server;

    /// <summary>How long connections are left alone, to see whether they are cut.</summary>
    public TimeSpan Idle { get; } = idle;

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; } = time;

    /// <summary>What the proxy calls itself; null where none does.</summary>
    public string? Proxy { get; set; }

    /// <summary>How long a short poll took, which says what "at once" is here.</summary>
    public TimeSpan RoundTrip { get; set; }

    /// <summary>Whether most was not looked at, because of what was found first.</summary>
    public bool IsCutShort { get; set; }

    /// <summary>Whether it was ended before it was done.</summary>
    public bool WasInterrupted { get; set; }

    /// <summary>What was found so far.</summary>
    public IReadOnlyList<Finding> Findings
    {
        get
        {
            lock (_lock)
            {
                return [.. _findings];
            }
        }
    }

    /// <summary>How long to wait for what comes at once.</summary>
    public TimeSpan Patience => atOnce > 20 * RoundTrip ? atOnce : 20 * RoundTrip;

    /// <summary>How long to wait for one whole answer.</summary>
    public TimeSpan AnswerPatience => 2 * Patience;

    /// <summary>Something is as it should be.</summary>
    public void Approve(string subject, string seen) => Add(new Finding(subject, seen, null));

    /// <summary>Something is wrong.</summary>
    public void Find(FindingKind kind, string subject, string seen) => Add(new Finding(subject, seen, kind));

    /// <summary>Whether this was found.</summary>
    public bool Has(FindingKind kind) => Findings.Any(finding => finding.Kind == kind);

    /// <summary>From here on any certificate is taken: that it is not trusted has been found, and what else is wrong is asked for.</summary>
    public void TakeAnyCertificate()
    {
        Server = Server with { Carrier = Server.Carrier with { TakesAny = true, Roots = null } };
        Room = Room with { Carrier = Server.Carrier };
    }

    /// <summary>Asks once, on a connection of its own.</summary>
    public async Task<Answered> AskAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        using var connection = new ProbeConnection(Room);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(AnswerPatience);
        using (request)
        {
            using HttpResponseMessage answer = await connection.SendAsync(request, patience.Token).ConfigureAwait(false);
            return await Answered.ReadAsync(answer, patience.Token).ConfigureAwait(false);
        }
    }

    /// <summary>A GET that is answered with JSON.</summary>
    public HttpRequestMessage Poll(string query, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, Room.Address(query));
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    /// <summary>Publishes an entry, and gives the answer, a refusal too.</summary>
    public async Task<PublishOutcome> TryPublishAsync(string? key, CancellationToken cancel)
    {
        await using var publisher = new HttpPublisher(Room);
        return await publisher.PublishAsync("\"doctor\""u8.ToArray(), "application/json", key: key, cancel: cancel).ConfigureAwait(false);
    }

    /// <summary>Publishes an entry.</summary>
    /// <exception cref="ServerFault">It is refused.</exception>
    public async Task<PublishOutcome> PublishAsync(string? key, CancellationToken cancel)
    {
        PublishOutcome outcome = await TryPublishAsync(key, cancel).ConfigureAwait(false);
        return outcome.Position is not null ? outcome : throw new ServerFault($"{Room.Mount} refuses with {Refusal.Line(outcome.Raw, outcome.Status, outcome.Code)}");
    }

    private void Add(Finding finding)
    {
        lock (_lock)
        {
            _findings.Add(finding);
        }
    }
}
