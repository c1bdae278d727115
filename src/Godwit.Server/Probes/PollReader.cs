namespace Godwit.Server.Probes;

/// <summary>Polls, following the <c>next</c> link of each answer.</summary>
/// <remarks>The first request is never held: a reader that is cut before its first answer would have no position yet, so it takes one at once.</remarks>
internal abstract class PollReader(ProbeTarget target, ProbeStart start) : ReaderProbe(target, start)
{
    private readonly Queue<ProbeFrame> _received = new();
    private readonly ProbeStart _from = start;
    private readonly PollClock _clock = new(target);
    private Uri? _next;
    private bool _refused;
    private bool _idle;
    private bool _first;

    /// <summary>How long the server suggested to wait before the next short poll; null if the latest answer did not.</summary>
    public TimeSpan? PollAfter { get; private set; }

    /// <summary>The <c>wait</c> of a request, empty for a short poll.</summary>
    protected abstract string WaitQuery { get; }

    /// <summary>How long to pause before the next request after an answer without anything new.</summary>
    protected abstract TimeSpan Pause { get; }

    /// <inheritdoc/>
    protected override async Task<ProbeFrame> ReceiveAsync(CancellationToken cancel)
    {
        if (_received.TryDequeue(out ProbeFrame? frame))
        {
            return frame;
        }

        if (_refused)
        {
            return End("refused");
        }

        if (_idle && _clock.Next(Pause, _first) is { Ticks: > 0 } pause)
        {
            await Task.Delay(pause, Target.Time, cancel).ConfigureAwait(false);
        }

        Uri address = _next ?? Target.Address(_from.ToString(), Target.LimitQuery, WaitQuery.Length > 0 ? "wait=0" : "");
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        using HttpResponseMessage answer = await Connection.SendAsync(request, cancel).ConfigureAwait(false);
        if ((int)answer.StatusCode != 200)
        {
            _refused = true;
            return await RefusalAsync(answer, cancel).ConfigureAwait(false);
        }

        string body = await ProbeConnection.TextAsync(answer, cancel).ConfigureAwait(false);
        if (answer.Content.Headers.ContentType?.MediaType != "application/json")
        {
            throw new ContractException($"A poll was answered with the type '{answer.Content.Headers.ContentType}'.", body);
        }

        PollAfter = PollClock.Suggested(answer, body);
        List<ProbeFrame> frames = ProbeFrameParser.Answer(body, Target.Room, Now, first: _next is null);
        for (int i = 1; i < frames.Count; i++)
        {
            _received.Enqueue(frames[i]);
        }

        _first = _next is null;
        _next = _next is null && WaitQuery.Length > 0
            ? Target.Address("after=" + frames[0].Position, Target.LimitQuery, WaitQuery)
            : new Uri(address, frames[0].Next);
        _idle = (frames.Count == 1 || Target.PollsByClock) && !frames[0].More;
        return frames[0];
    }

    /// <summary>The head's position lies behind the entries, so it counts once they have all been handed out.</summary>
    protected override bool Advances(ProbeFrame frame) => frame.Kind == ProbeFrameKind.Entry || _received.Count == 0;
}
