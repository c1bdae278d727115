using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>Publishes one entry after the other, and what is not acknowledged again with its key, at any server; now and then also what was.</summary>
internal sealed class VerifyingPublisher(RunRecord record, Deployment deployment, IReadOnlyList<RoomRecord> rooms, int number, int seed, TimeSpan pace)
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(20);

    private readonly Random _random = new(seed);
    private readonly string _run = Guid.NewGuid().ToString("N");
    private readonly FrameTrail _trail = new(record.Clock);
    private PublisherProbe? _probe;
    private Entrance? _entrance;

    /// <summary>How it publishes.</summary>
    public PublishWay Way { get; } = (PublishWay)(number % Enum.GetValues<PublishWay>().Length);

    private string Name => $"publisher {number} ({Way})";

    /// <summary>Publishes until it is told to stop, and then until the last one is acknowledged.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken cancel)
    {
        try
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                TimeSpan begun = record.Clock.Now;
                await OneAsync(Room(), i, cancel);
                TimeSpan rest = (pace * (2 * _random.NextDouble())) - (record.Clock.Now - begun);
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
    public async Task OneAsync(RoomRecord room, int i, CancellationToken cancel)
    {
        string? key = Way == PublishWay.RoomWebSocket ? null : string.Create(CultureInfo.InvariantCulture, $"{_run}-{number}-{i}");
        Publish publish = room.Begin(Text(room, i), key);
        bool isAnswered = await TryAsync(room, publish, cancel);
        while (!isAnswered && key is not null)
        {
            record.CountRepeated();
            isAnswered = await TryAsync(room, publish, cancel);
        }

        if (publish.Position is not null && key is not null && _random.Next(10) == 0)
        {
            record.CountRepeated();
            await TryAsync(room, publish, cancel);
        }

        if (publish.Position is not null && key is not null && _random.Next(40) == 0)
        {
            await ReuseAsync(room, publish, cancel);
        }

        room.Finish(publish, isAnswered);
    }

    // Whether it was answered for good.
    private async Task<bool> TryAsync(RoomRecord room, Publish publish, CancellationToken cancel)
    {
        publish.Attempts++;
        if (await SendAsync(room, publish.Text, publish.Key, cancel) is not { } outcome)
        {
            return false;
        }

        if (outcome.Position is { } position)
        {
            record.CountAcknowledged();
            Report(room.Acknowledge(publish, position, outcome.Duplicate), room);
            return true;
        }

        record.CountUnavailable();
        if (outcome.Status is >= 400 and < 500 and not 429 && !Refusals.IsTemporary(outcome.Code))
        {
            publish.IsRefused = publish.Attempts == 1;
            Report([(Promise.WireContract, $"A publish was refused with {outcome.Status} {outcome.Code}")], room);
            return true;
        }

        await CloseAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(20, 120)), TimeProvider.System, cancel);
        return false;
    }

    // The same key with other content is refused, and stores nothing.
    private async Task ReuseAsync(RoomRecord room, Publish publish, CancellationToken cancel)
    {
        string other = publish.Text.Insert(publish.Text.LastIndexOf('"'), "!");
        if (await SendAsync(room, other, publish.Key, cancel) is { Position: { } position }
            && publish.Position is { } first && position[..position.IndexOf('-', StringComparison.Ordinal)] == first[..first.IndexOf('-', StringComparison.Ordinal)])
        {
            Report([(Promise.PublishOnce, $"The key {publish.Key} was taken again for other content, at {position}")], room);
        }
    }

    private async Task<PublishOutcome?> SendAsync(RoomRecord room, string text, string? key, CancellationToken cancel)
    {
        TimeSpan calm = record.Clock.Calm;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(AnswerBound + TimeSpan.FromSeconds(5));
        try
        {
            PublisherProbe probe = await ProbeAsync(room);
            PublishOutcome outcome = probe switch
            {
                HttpPublisher http => await http.PublishAsync(Encoding.UTF8.GetBytes(text), "application/json", key: key, cancel: patience.Token),
                BatchPublisher batch => await batch.PublishAsync(text, null, key, patience.Token),
                SessionWebSocketPublisher session => await session.PublishAsync(text, null, key, patience.Token),
                _ => await probe.PublishAsync(text, patience.Token),
            };
            _trail.Add($"{_entrance}: {key} answered {outcome.Status} {outcome.Code}{outcome.Position}{(outcome.Duplicate ? " duplicate" : "")}");
            return outcome;
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
            Report([(Promise.WireContract, breach.Message)], room);
            await CloseAsync();
            return null;
        }
    }

    private async Task<PublisherProbe> ProbeAsync(RoomRecord room)
    {
        if (_probe is null || _probe.Target.Room != room.Name || _random.Next(20) == 0)
        {
            await CloseAsync();
            _entrance = deployment.Entrances[_random.Next(deployment.Entrances.Count)];
            ProbeTarget target = _entrance.Room(room.Name, deployment.Headers);
            _probe = Way switch
            {
                PublishWay.Post => new HttpPublisher(target),
                PublishWay.Session => new SessionWebSocketPublisher(target),
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
        RoomRecord[] few = [.. rooms.Where(static room => !room.Plan.KeepsEverything)];
        return few.Length > 0 && _random.Next(2) == 0 ? few[_random.Next(few.Length)] : rooms[_random.Next(rooms.Count)];
    }

    // Short ones mostly, and some that need several segments, frames and packets; with letters of one to four octets. Where few
    // entries are kept there are more of the long ones: servers have the newest at hand by their size, and are to come to their end.
    private string Text(RoomRecord room, int i)
    {
        int padding = _random.Next(room.Plan.KeepsEverything ? 20 : 2) == 0 ? _random.Next(8000) : _random.Next(150);
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

    /// <summary>Frames of a session's WebSocket.</summary>
    Session,

    /// <summary>Lines of a publish stream.</summary>
    Stream,

    /// <summary>The <c>send</c> of session exchanges.</summary>
    Exchange,

    /// <summary>Messages of the room's WebSocket, which have no key.</summary>
    RoomWebSocket,
}
