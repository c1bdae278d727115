using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Diagnosing;

/// <summary>Looks whether what requests and answers carry comes through: headers, origins, preflights; and whether answers are fresh.</summary>
internal sealed class HeaderCheck(Examination examination)
{
    /// <summary>Looks.</summary>
    /// <returns>Whether the rest can be looked at: not through a cache, which has answers of its own for all of it.</returns>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        await CacheAsync(cancel).ConfigureAwait(false);
        if (examination.Has(FindingKind.Cached))
        {
            return false;
        }

        await KeysAsync(cancel).ConfigureAwait(false);
        await ResponseAsync(cancel).ConfigureAwait(false);
        await LastEventIdAsync(cancel).ConfigureAwait(false);
        await OriginAsync(cancel).ConfigureAwait(false);
        await LocalAsync(cancel).ConfigureAwait(false);
        return true;
    }

    private async Task KeysAsync(CancellationToken cancel)
    {
        string key = $"doctor-{Guid.NewGuid():N}";
        PublishOutcome first = await examination.PublishAsync(key, cancel).ConfigureAwait(false);
        PublishOutcome second = await examination.PublishAsync(key, cancel).ConfigureAwait(false);
        if (second.Duplicate && second.Position == first.Position)
        {
            examination.Approve("publish", "stored once by its key");
        }
        else
        {
            examination.Find(FindingKind.KeyDropped, "publish", "the same key twice, and two entries");
        }
    }

    private async Task CacheAsync(CancellationToken cancel)
    {
        Answered before = await examination.AskAsync(examination.Poll("last=1"), cancel).ConfigureAwait(false);
        PublishOutcome published = await examination.PublishAsync(null, cancel).ConfigureAwait(false);
        Answered after = await examination.AskAsync(examination.Poll("last=1"), cancel).ConfigureAwait(false);
        if (before.IsPoll && after.IsPoll && after.Text("position") != published.Position)
        {
            examination.Find(FindingKind.Cached, "cache", "an entry was published, and the same poll has the answer of before");
        }
        else if (after.Header("Age") is { } age)
        {
            examination.Find(FindingKind.Cached, "cache", $"an answer has the header Age: {age}");
        }
        else
        {
            examination.Approve("cache", "answers are fresh");
        }
    }

    private async Task ResponseAsync(CancellationToken cancel)
    {
        Answered answer = await examination.AskAsync(examination.Poll("after=now"), cancel).ConfigureAwait(false);
        string[] missing = [.. ((string[])["Godwit-Poll-After", "X-Content-Type-Options", "Vary"]).Where(name => answer.Header(name) is null)];
        string? control = answer.Header("Cache-Control");
        if (missing.Length > 0)
        {
            examination.Find(FindingKind.ResponseHeaderDropped, "headers", $"there is no {string.Join(", ", missing)}");
        }
        else if (control is null || !control.Contains("no-store", StringComparison.OrdinalIgnoreCase) || control.Contains("max-age", StringComparison.OrdinalIgnoreCase))
        {
            examination.Find(FindingKind.ResponseHeaderDropped, "headers", $"Cache-Control is {control ?? "absent"}, not no-store");
        }
        else
        {
            examination.Approve("headers", "those of answers come through");
        }
    }

    private async Task LastEventIdAsync(CancellationToken cancel)
    {
        Answered newest = await examination.AskAsync(examination.Poll("last=2"), cancel).ConfigureAwait(false);
        ProbeFrame? earlier = newest.IsPoll ? ProbeFrameParser.Answer(newest.Body, examination.Room.Room, 0, first: true).Skip(1).FirstOrDefault() : null;
        if (earlier is null)
        {
            return;
        }

        ProbeTarget target = examination.Room with { Headers = [.. examination.Room.Headers, new("Last-Event-ID", earlier.Position!)] };
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ServerSentEvents, target, ProbeStart.Now);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(examination.Patience);
        try
        {
            ProbeFrame joined = await reader.ReadAsync(patience.Token).ConfigureAwait(false);
            if (joined is { Kind: ProbeFrameKind.Joined, Verdict: Verdict.Ok } && joined.Position != earlier.Position)
            {
                examination.Find(FindingKind.LastEventIdDropped, "server-sent events", "a stream with Last-Event-ID does not begin there");
            }
        }
        catch (Exception fault) when (fault is ContractException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            // Streams that do not come are another check's.
        }
    }

    private async Task OriginAsync(CancellationToken cancel)
    {
        Uri mount = examination.Server.Mount;
        string authority = mount.IsDefaultPort ? mount.Host : $"{mount.Host}:{mount.Port}";
        string own = $"{mount.Scheme}://{authority}";
        Answered answer = await examination.AskAsync(examination.Poll("after=now", ("Origin", own)), cancel).ConfigureAwait(false);
        if (answer.Code == "origin.refused")
        {
            examination.Find(FindingKind.HostChanged, "origin", $"a page of {own} is refused: {answer.Code}");
            return;
        }

        // At the server's own machine pages of the machine are taken anyway.
        bool isThere = examination.Proxy is null && examination.Server.Through is null && mount.IsLoopback;
        if (mount.Scheme == "https" && !isThere && (await examination.AskAsync(examination.Poll("after=now", ("Origin", $"http://{authority}")), cancel).ConfigureAwait(false)).IsPoll)
        {
            examination.Find(FindingKind.SchemeUntold, "origin", $"a page of http://{authority} is taken");
        }

        string[] allowed = answer.Headers.GetValueOrDefault("Access-Control-Allow-Origin") ?? [];
        if (allowed.Length > 1)
        {
            examination.Find(FindingKind.CorsTwice, "origin", $"Access-Control-Allow-Origin stands there {allowed.Length} times");
            return;
        }

        var preflight = new HttpRequestMessage(HttpMethod.Options, examination.Room.Address());
        preflight.Headers.TryAddWithoutValidation("Origin", own);
        preflight.Headers.TryAddWithoutValidation("Access-Control-Request-Method", "POST");
        preflight.Headers.TryAddWithoutValidation("Access-Control-Request-Headers", "authorization, content-type, idempotency-key");
        Answered permitted = await examination.AskAsync(preflight, cancel).ConfigureAwait(false);
        string headers = permitted.Header("Access-Control-Allow-Headers") ?? "";
        if (permitted.Status is < 200 or >= 300 || permitted.Header("Access-Control-Allow-Origin") != own || !headers.Contains("idempotency-key", StringComparison.OrdinalIgnoreCase))
        {
            examination.Find(FindingKind.Preflight, "origin", $"a preflight is answered with {permitted}, not with what the server allows");
        }
        else
        {
            examination.Approve("origin", $"pages of {own} are taken");
        }
    }

    // Only where somebody stands in between, or the server is another machine.
    private async Task LocalAsync(CancellationToken cancel)
    {
        if (examination.Server.Token is not null || (examination.Proxy is null && examination.Server.Mount.IsLoopback))
        {
            return;
        }

        var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{examination.Server.Mount.AbsoluteUri.TrimEnd('/')}/admin/rooms?limit=1"));
        Answered answer = await examination.AskAsync(request, cancel).ConfigureAwait(false);
        if (answer.Status == 200 && answer.MediaType == "application/json")
        {
            examination.Find(FindingKind.TakenForLocal, "access", "a request without a credential was let administrate");
        }
    }
}
