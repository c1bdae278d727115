using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>Publishes one entry after the other, or several at once, and what is not acknowledged again with its key, at any server; now and then also what was.</summary>
/// <param name="record">Where it is noted.</param>
/// <param name="deployment">Where it publishes.</param>
/// <param name="rooms">Into which rooms.</param>
/// <param name="number">Decides its way.</param>
/// <param name="seed">Decides the rest.</param>
/// <param name="pace">The mean time between two publishes.</param>
/// <param name="batch">How many entries it publishes at once, if its way carries several.</param>
internal sealed class VerifyingPublisher(RunRecord record, Deployment deployment, IReadOnlyList<RoomRecord> rooms, int number, int seed, TimeSpan pace, int batch = 1)
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(seed);
    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly FrameTrail _trail = new(record.Clock);

    // On a room's WebSocket the entry itself is the answer, and where the newest is given alone it may be skipped.
    private readonly RoomRecord[] _rooms = [.. rooms.Where(room => !room.Plan.IsLatest || WayOf(number) != PublishWay.RoomWebSocket)];
    private PublisherProbe? _probe;
    private Entrance? _entrance;

    /// <summary>How it publishes.</summary>
    public PublishWay Way { get; } = WayOf(number);

    private string Name => $"publisher {number} ({Way})";

    private static PublishWay WayOf(int number) => (PublishWay)(number % Enum.GetValues<PublishWay>().Length);

    /// <summary>Publishes until it is told to stop, and then until the last one is acknowledged.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken cancel)
    {
        try
        {
            int several = Way is PublishWay.Session or PublishWay.Stream or PublishWay.Exchange ? batch : 1;
            for (int i = 0; !stop.IsCancellationRequested; i += several)
            {
                TimeSpan begun = record.Clock.Now;
                await SeveralAsync(Room(), i, several, cancel);
                TimeSpan rest = (pace * batch * (2 * _random.NextDouble())) - (record.Clock.Now - begun);
                if (rest > TimeSpan.Zero)
                {
                    await Task.Delay(rest, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The run is over.
        }
        finally
        {
            await CloseAsync();
        }
    }

    /// <summary>Publishes one entry until it is acknowledged.</summary>
    public Task OneAsync(RoomRecord room, int i, CancellationToken cancel) => SeveralAsync(room, i, 1, cancel);

    private async Task SeveralAsync(RoomRecord room, int first, int count, CancellationToken cancel)
    {
        bool hasKeys = Way != PublishWay.RoomWebSocket;
        Publish[] all = [.. Enumerable.Range(first, count).Select(i => room.Begin(Text(room, i), hasKeys ? string.Create(CultureInfo.InvariantCulture, $"{_run}-{number}-{i}") : null))];
        List<Publish> open = [.. all];
        await TryAsync(room, open, cancel);
        while (open.Count > 0 && hasKeys)
        {
            record.CountRepeated(open.Count);
            await TryAsync(room, open, cancel);
        }

        List<Publish> stored = [.. all.Where(publish => publish.Position is not null && hasKeys)];
        if (stored.Count > 0 && _random.Next(10) == 0)
        {
            record.CountRepeated(stored.Count);
            await TryAsync(room, [.. stored], cancel);
        }

        if (stored.Count > 0 && _random.Next(40) == 0)
        {
            await ReuseAsync(room, stored[0], cancel);
        }

        foreach (Publish publish in all)
        {
            room.Finish(publish, !open.Contains(publish));
        }
    }

    // What was answered for good is taken out.
    private async Task TryAsync(RoomRecord room, List<Publish> open, CancellationToken cancel)
    {
        TimeSpan sent = record.Clock.Now;
        open.ForEach(static publish => publish.Attempts++);
        if (await SendAsync(room, [.. open.Select(static publish => (publish.Text, publish.Key))], cancel) is not { } outcomes)
        {
            return;
        }

        bool isRefused = false;
        string? newest = null;
        foreach ((PublishOutcome outcome, Publish publish) in outcomes.Zip(open.ToArray()))
        {
            if (outcome.Position is { } position)
            {
                record.CountAcknowledged();
                if (publish.Position is null && !outcome.Duplicate)
                {
                    Report(room.CompareOrder(newest, position, sent), room);
                    newest = position;
                }

                Report(room.Acknowledge(publish, position, outcome.Duplicate), room);
                open.Remove(publish);
                continue;
            }

            record.CountUnavailable();
            isRefused = true;
            if (outcome.Status is >= 400 and < 500 and not 429 && !Refusals.IsTemporary(outcome.Code))
            {
                publish.IsRefused = publish.Attempts == 1;
                Report([(Promise.WireContract, $"A publish was refused with {outcome.Status} {outcome.Code}")], room);
                open.Remove(publish);
            }
        }

        if (isRefused)
        {
            await CloseAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(20, 120)), TimeProvider.System, cancel);
        }
    }

    // The same key with other content is refused, and stores nothing.
    private async Task ReuseAsync(RoomRecord room, Publish publish, CancellationToken cancel)
    {
        string other = PublishContent.Of(publish.Text).Octets is { } octets ? PublishContent.Bytes([.. octets, 1]).Text : publish.Text.Insert(publish.Text.LastIndexOf('"'), "!");
        if (await SendAsync(room, [(other, publish.Key)], cancel) is [{ Position: { } position }, ..]
            && publish.Position is { } first && position[..position.IndexOf('-', StringComparison.Ordinal)] == first[..first.IndexOf('-', StringComparison.Ordinal)])
        {
            Report([(Promise.PublishOnce, $"The key {publish.Key} was taken again for other content, at {position}")], room);
        }
    }

    private async Task<IReadOnlyList<PublishOutcome>?> SendAsync(RoomRecord room, (string Text, string? Key)[] publishes, CancellationToken cancel)
    {
        TimeSpan calm = record.Clock.Calm;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(AnswerBound + TimeSpan.FromSeconds(5));
        (PublishContent Content, string? Key)[] contents = [.. publishes.Select(static publish => (PublishContent.Of(publish.Text), publish.Key))];
        (PublishContent content, string? key) = contents[0];
        try
        {
            PublisherProbe probe = await ProbeAsync(room);
            IReadOnlyList<PublishOutcome> outcomes = probe switch
            {
                HttpPublisher http => [await http.PublishAsync(content.Octets ?? Encoding.UTF8.GetBytes(content.Text), content.Octets is null ? "application/json" : "application/octet-stream", key: key, cancel: patience.Token)],
                BatchPublisher several => await several.PublishAllAsync(contents, null, patience.Token),
                SessionPublisher session => await session.PublishAllAsync(contents, null, patience.Token),
                WebSocketPublisher socket => [await socket.PublishAsync(content, patience.Token)],
                _ => [await probe.PublishAsync(content.Text, patience.Token)],
            };
            PublishOutcome last = outcomes[^1];
            _trail.Add($"{_entrance}: {last.Key} answered {last.Status} {last.Code}{last.Position}{(last.Duplicate ? " duplicate" : "")}");
            return outcomes;
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException or ObjectDisposedException or InvalidOperationException
            || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            _trail.Add($"{_entrance}: {key} not answered: {fault.Message}");
            if (fault is OperationCanceledException && record.Clock.Calm - calm > AnswerBound)
            {
                Report([(Promise.Recovery, $"A publish was not answered within {AnswerBound.TotalSeconds} s, though nothing was wrong")], room);
            }

            record.CountUnavailable();
            await CloseAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(5, 60)), TimeProvider.System, cancel);
            return null;
        }
        catch (ContractException breach)
        {
            _trail.Add($"{_entrance}: {key}: {breach.Raw}");
            if (!deployment.IsOfProxy(breach))
            {
                Report([(Promise.WireContract, breach.Message)], room);
            }

            record.CountUnavailable();
            await CloseAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(20, 120)), TimeProvider.System, cancel);
            return null;
        }
    }

    private async Task<PublisherProbe> ProbeAsync(RoomRecord room)
    {
        if (_probe is null || _probe.Target.Room != room.Name || _random.Next(20) == 0)
        {
            await CloseAsync();
            _entrance = deployment.WayIn(_random.Next(deployment.Entrances.Count), Way is PublishWay.Session or PublishWay.RoomWebSocket);
            ProbeTarget target = _entrance.Room(room.Name, deployment.Headers);
            _probe = Way switch
            {
                PublishWay.Post => new HttpPublisher(target),
                PublishWay.Session => new SessionPublisher(target, deployment.HasDataChannels && _random.Next(3) == 0 ? ProbeTransport.SessionDataChannel : ProbeTransport.SessionWebSocket),
                PublishWay.Stream => new BatchPublisher(target, isExchange: false),
                PublishWay.Exchange => new BatchPublisher(target, isExchange: true),
                _ => new WebSocketPublisher(target),
            };
        }

        return _probe;
    }

    private async Task CloseAsync()
    {
        if (_probe is { } probe)
        {
            _probe = null;
            await probe.DisposeAsync();
        }
    }

    private void Report(IEnumerable<(Promise Promise, string What)> wrong, RoomRecord room)
    {
        foreach ((Promise promise, string what) in wrong)
        {
            record.Violates(promise, what, Name, room.Name, _trail.Lines());
        }
    }

    // Half of all goes to rooms that keep few entries, so that readers come too late for some.
    private RoomRecord Room()
    {
        RoomRecord[] few = [.. _rooms.Where(static room => !room.Plan.KeepsEverything)];
        return few.Length > 0 && _random.Next(2) == 0 ? few[_random.Next(few.Length)] : _rooms[_random.Next(_rooms.Length)];
    }

    // JSON, and octets for one in four. Short ones mostly, and some that need several segments, frames and packets; with letters of one to four octets. Where few
    // entries are kept there are more of the long ones: servers have the newest at hand by their size, and are to come to their end. What is for the newest alone fits a packet.
    private string Text(RoomRecord room, int i)
    {
        const int FitsPacket = 250;
        int padding = room.Plan.IsLatest ? _random.Next(FitsPacket) : _random.Next(room.Plan.KeepsEverything ? 20 : 2) == 0 ? _random.Next(8000) : _random.Next(150);
        if (_random.Next(4) == 0)
        {
            byte[] octets = [.. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{number}-{i}-")), .. new byte[padding]];
            _random.NextBytes(octets.AsSpan(octets.Length - padding));
            return PublishContent.Bytes(octets).Text;
        }

        string filled = new(_random.Next(4) == 0 ? 'é' : 'x', padding);
        return _random.Next(2) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"\"{number}-{i}-{filled}\"")
            : string.Create(CultureInfo.InvariantCulture, $"{{\"from\":{number},\"n\":{i},\"text\":\"{filled}🐦\\n\"}}");
    }
}

/// <summary>The ways to publish.</summary>
internal enum PublishWay
{
    /// <summary>POST to the room.</summary>
    Post,

    /// <summary>Frames of a session's WebSocket, or of its data channel.</summary>
    Session,

    /// <summary>Lines of a publish stream.</summary>
    Stream,

    /// <summary>The <c>send</c> of session exchanges.</summary>
    Exchange,

    /// <summary>Messages of the room's WebSocket, which have no key.</summary>
    RoomWebSocket,
}
