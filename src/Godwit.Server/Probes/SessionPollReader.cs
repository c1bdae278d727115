using System.Globalization;
using System.Text;

namespace Godwit.Server.Probes;

/// <summary>Polls rooms by session exchanges: each asks with the <c>rooms</c> and the <c>session</c> of the answer before.</summary>
/// <remarks>The first exchange is never held, for the reason that <see cref="PollReader"/> has.</remarks>
internal sealed class SessionPollReader : ReaderProbe, ISessionReader
{
    private readonly Queue<ProbeFrame> _received = new();
    private readonly PollClock _clock;
    private readonly bool _held;
    private string _rooms;
    private TimeSpan? _suggested;
    private bool _over;
    private bool _idle;
    private bool _first;

    /// <param name="target">The server.</param>
    /// <param name="rooms">What is read.</param>
    /// <param name="held">Whether exchanges after the first are held until there is something new.</param>
    public SessionPollReader(ProbeTarget target, SessionRooms rooms, bool held)
        : base(target, rooms.StartOf(target.Room))
    {
        _rooms = rooms.ToString();
        _held = held;
        _clock = new PollClock(target);
    }

    /// <inheritdoc/>
    public override ProbeTransport Transport => _held ? ProbeTransport.SessionLongPoll : ProbeTransport.SessionShortPoll;

    /// <inheritdoc/>
    public SessionWelcome? Welcome { get; private set; }

    private TimeSpan Pause => _held ? TimeSpan.Zero : (Target.FollowsPace ? _suggested : null) ?? Target.PollEvery;

    /// <inheritdoc/>
    protected override async Task<ProbeFrame> ReceiveAsync(CancellationToken cancel)
    {
        while (_received.Count == 0)
        {
            if (_over)
            {
                return End("refused");
            }

            if (_idle && _clock.Next(Pause, _first) is { Ticks: > 0 } pause)
            {
                await Task.Delay(pause, Target.Time, cancel).ConfigureAwait(false);
            }

            if (await ExchangeAsync(cancel).ConfigureAwait(false) is { } refusal)
            {
                _over = true;
                return refusal;
            }
        }

        return _received.Dequeue();
    }

    private async Task<ProbeFrame?> ExchangeAsync(CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Target.SessionAddress) { Content = new StringContent(Body(), Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        using HttpResponseMessage answer = await Connection.SendAsync(request, cancel).ConfigureAwait(false);
        if ((int)answer.StatusCode != 200)
        {
            return await RefusalAsync(answer, cancel).ConfigureAwait(false);
        }

        string text = await ProbeConnection.TextAsync(answer, cancel).ConfigureAwait(false);
        if (answer.Content.Headers.ContentType?.MediaType != "application/json")
        {
            throw new ContractException($"An exchange was answered with the type '{answer.Content.Headers.ContentType}'.", text);
        }

        _suggested = PollClock.Suggested(answer, text);
        Take(SessionAnswer.Read(text, _rooms, Now, first: Welcome is null), text);
        return null;
    }

    private string Body()
    {
        string members = SessionRooms.Members(_rooms, Welcome?.Session ?? Target.Session);
        return _held && Welcome is not null
            ? "{" + members + ",\"wait\":" + Target.Wait.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + "}"
            : "{" + members + "}";
    }

    private void Take(SessionAnswer answer, string text)
    {
        if (Welcome is not null && !answer.Welcome.Resumed && Target.InsistsOnSession)
        {
            throw new ContractException("The token of the answer before was not taken.", text);
        }

        bool entries = false;
        foreach (ProbeFrame frame in answer.Frames)
        {
            _received.Enqueue(frame);
            entries |= frame.Kind == ProbeFrameKind.Entry;
        }

        // A room that was answered with an error is not read any more.
        _first = Welcome is null;
        Welcome = answer.Welcome;
        _rooms = answer.Rooms;
        _over = _rooms == "{}";
        _idle = (!entries || (Target.PollsByClock && !_held)) && !answer.More;
    }
}
