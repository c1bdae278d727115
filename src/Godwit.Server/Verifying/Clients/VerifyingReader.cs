using System.Globalization;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>Reads rooms over one transport after the other, at any server, from the positions that it has; each connection lives for a while and is then cut or closed.</summary>
internal sealed class VerifyingReader
{
    private const int LongestLog = 3000;
    private static readonly TimeSpan Leave = TimeSpan.FromSeconds(1);

    private readonly RunRecord _record;
    private readonly Deployment _deployment;
    private readonly Cursor[] _cursors;
    private readonly Random _random;
    private readonly FrameTrail _trail;
    private readonly int _number;
    private readonly TimeSpan _stay;
    private volatile TaskCompletionSource? _pause;
    private volatile bool _settles;
    private volatile ReaderProbe? _probe;
    private TimeSpan? _openedAtCalm;
    private Entrance? _entrance;

    public VerifyingReader(RunRecord record, Deployment deployment, IReadOnlyList<RoomRecord> rooms, int number, int seed, TimeSpan stay)
    {
        (_record, _deployment, _number, _stay) = (record, deployment, number, stay);
        _cursors = [.. rooms.Select(static room => new Cursor(room))];
        _random = new Random(seed);
        _trail = new FrameTrail(record.Clock);
        Transport = deployment.Transports[number % deployment.Transports.Count];
    }

    /// <summary>How it reads now.</summary>
    public ProbeTransport Transport { get; private set; }

    /// <summary>How often it connected over each transport.</summary>
    public long[] Connections { get; } = new long[ProbeTransports.All.Count];

    /// <summary>How many entries it was given over each transport.</summary>
    public long[] Deliveries { get; } = new long[ProbeTransports.All.Count];

    /// <summary>Whether it has all that was acknowledged.</summary>
    public bool HasAll => Array.TrueForAll(_cursors, static cursor => cursor.HasAll);

    // Readers that stay for long are many, and ask less often.
    private double Calmness => Math.Max(1, _stay / VerifyPlan.UsualStay);

    private string Name => $"reader {_number} ({Transport}, {_entrance})";

    /// <summary>Takes nothing until <see cref="Continue"/>.</summary>
    public void Pause() => _pause ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes what is there.</summary>
    public void Continue()
    {
        Array.ForEach(_cursors, static cursor => cursor.Continue());
        _openedAtCalm = _openedAtCalm is null ? null : _record.Clock.Calm;
        (TaskCompletionSource? pause, _pause) = (_pause, null);
        pause?.TrySetResult();
    }

    /// <summary>Its peer is gone, if it has one: nothing that stands before a server carries its packets, and so could cut it.</summary>
    /// <returns>Whether it had one.</returns>
    public bool Sever()
    {
        if (_probe is not { Transport: ProbeTransport.SessionDataChannel } probe)
        {
            return false;
        }

        probe.Drop();
        return true;
    }

    /// <summary>From now on it goes on from its positions alone, reads all of its rooms, and connects anew only when it has to.</summary>
    public void Settle()
    {
        _settles = true;
        Continue();
        _probe?.Cut();
    }

    /// <summary>Says what it still lacks, after it has had this long.</summary>
    public void End(TimeSpan had)
    {
        foreach (Cursor cursor in _cursors)
        {
            if (!cursor.HasAll)
            {
                Violates(Promise.NoLoss, string.Create(CultureInfo.InvariantCulture, $"The reader stands at {cursor.Text}, and entry {cursor.Room.Current?.Acknowledged} was acknowledged; nothing was wrong for {had.TotalSeconds} s"), cursor.Room.Name);
            }
        }
    }

    /// <summary>Reads until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            bool isFine = false;
            try
            {
                isFine = await ConnectAsync(cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (ContractException breach) when (_deployment.IsOfProxy(breach))
            {
                _trail.Add(breach.Raw);
                _record.CountUnavailable();
            }
            catch (ContractException breach)
            {
                _trail.Add(breach.Raw);
                Violates(Promise.WireContract, breach.Message, null);
            }
            finally
            {
                Array.ForEach(_cursors, static cursor => cursor.Disconnect());
                _openedAtCalm = null;
            }

            // Some stay away for so long that retention goes on without them.
            int most = isFine ? _random.Next(12) == 0 && !_settles ? 4000 : 80 : 400;
            await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(5, most)), TimeProvider.System, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Looks whether something that should be here is not; to be called now and then from outside.</summary>
    public void Check(TimeSpan bound)
    {
        if (_pause is not null)
        {
            return;
        }

        foreach (Cursor cursor in _cursors)
        {
            if (cursor.Overdue(bound) is { } late)
            {
                Violates(Promise.NoLoss, string.Create(CultureInfo.InvariantCulture, $"Entry {late.Position} has not come within {bound.TotalSeconds} s in which nothing was wrong, though the reader is connected and stands before it"), cursor.Room.Name);
            }
        }

        if (_openedAtCalm is { } opened && _record.Clock.Calm - opened > bound)
        {
            _openedAtCalm = null;
            Violates(Promise.HonestVerdict, string.Create(CultureInfo.InvariantCulture, $"No verdict has come within {bound.TotalSeconds} s in which nothing was wrong"), null);
        }
    }

    private async Task<bool> ConnectAsync(CancellationToken cancel)
    {
        Choose();
        Cursor[] read = Transport.IsSession() ? _cursors : [_cursors[_settles ? Behind() : _random.Next(_cursors.Length)]];
        var rooms = new SessionRooms([.. read.Select(cursor => new KeyValuePair<string, ProbeStart>(cursor.Room.Name, Start(cursor)))]);
        ProbeTarget target = _entrance!.Room(read[0].Room.Name, _deployment.ReaderHeaders) with
        {
            PollEvery = TimeSpan.FromMilliseconds(_random.Next(20, 300)) * Calmness,
            Wait = TimeSpan.FromSeconds(_random.Next(1, 20)),
            Limit = _random.Next(3) switch { 0 => null, 1 => 1000, _ => _random.Next(1, 50) },
            ReceiveBuffer = _random.Next(4) == 0 ? 4096 : null,
            InsistsOnSession = false,
        };
        _trail.Add($"connects over {Transport} at {_entrance}: {rooms}");
        await using ReaderProbe reader = Transport.IsSession() ? ReaderProbe.Open(Transport, target, rooms) : ReaderProbe.Open(Transport, target, rooms.All[0].Value);
        _openedAtCalm = _record.Clock.Calm;
        Connections[(int)Transport]++;
        _probe = reader;
        using var life = new CancellationTokenSource(Life());
        bool leaves = _random.Next(3) == 0;
        using CancellationTokenRegistration end = life.Token.Register(() => End(reader, leaves));
        bool isFine = true;
        SessionWelcome? welcome = null;
        TimeSpan connected = _record.Clock.Now;
        while (!reader.Ended)
        {
            if (_pause is { } pause)
            {
                await pause.Task.WaitAsync(cancel);
            }

            isFine &= Take(await reader.ReadAsync(cancel));
            if (_settles && !HasAll && Array.TrueForAll(read, static cursor => cursor.HasAll))
            {
                // On to the next room.
                reader.Cut();
            }

            if ((reader as ISessionReader)?.Welcome is { } now && now != welcome)
            {
                Judge(welcome, now, connected);
                welcome = now;
            }

            if (leaves && life.IsCancellationRequested && !reader.Ended && !Transport.ClosesByHandshake())
            {
                await reader.CloseAsync(cancel);
                break;
            }
        }

        _probe = null;
        return isFine;
    }

    // The token of one answer is presented with the next request.
    private void Judge(SessionWelcome? before, SessionWelcome now, TimeSpan connected)
    {
        if (before is not null && !now.Resumed && !_record.Faults.ExcusesSession(connected))
        {
            Violates(Promise.WireContract, "The session token of the answer before was not taken", null);
        }
    }

    // A WebSocket or data channel may be closed while it is read. Of another answer the reading side takes leave, with the next frame.
    private static void End(ReaderProbe reader, bool leaves)
    {
        if (leaves)
        {
            _ = CloseAsync(reader);
        }
        else
        {
            reader.Cut();
        }
    }

    private static async Task CloseAsync(ReaderProbe reader)
    {
        try
        {
            if (reader.Transport.ClosesByHandshake())
            {
                await reader.CloseAsync(CancellationToken.None);
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            // It has ended already.
        }

        await Task.Delay(Leave, TimeProvider.System, CancellationToken.None);
        reader.Cut();
    }

    private void Choose()
    {
        int entrance = _random.Next(_deployment.Entrances.Count);
        if (_random.Next(5) < 2)
        {
            Transport = _deployment.Transports[_random.Next(_deployment.Transports.Count)];
        }

        _entrance = _deployment.WayIn(entrance, Transport.IsWebSocket());
    }

    private int Behind()
    {
        int at = Array.FindIndex(_cursors, static cursor => !cursor.HasAll);
        return at < 0 ? 0 : at;
    }

    // Short lives as well as long ones; while it settles, one transport at a time until everything is there.
    private TimeSpan Life() => _settles
        ? TimeSpan.FromSeconds(2) * Calmness
        : TimeSpan.FromSeconds(-Math.Log(1 - _random.NextDouble()) * (_random.Next(4) == 0 ? 0.3 : _stay.TotalSeconds));

    private ProbeStart Start(Cursor cursor)
    {
        if (_settles)
        {
            return cursor.Start(Beginning.Position, 0);
        }

        int draw = _random.Next(100);
        if (draw < 6)
        {
            cursor.Rewind(_random);
        }

        return cursor.Start(
            draw switch
            {
                < 90 => Beginning.Position,
                < 94 => Beginning.Now,
                < 97 => Beginning.Last,
                _ => cursor.Room.Current is { Head: < LongestLog } ? Beginning.Oldest : Beginning.Position,
            },
            _random.Next(1, 100));
    }

    private bool Take(ProbeFrame frame)
    {
        _trail.Add(frame);
        switch (frame.Kind)
        {
            case ProbeFrameKind.Entry or ProbeFrameKind.Joined or ProbeFrameKind.Answer or ProbeFrameKind.Gap or ProbeFrameKind.Reset:
                _openedAtCalm = null;
                Take(frame, Array.Find(_cursors, cursor => cursor.Room.Name == frame.Room));
                return true;
            case ProbeFrameKind.Error:
                _record.CountUnavailable();
                _openedAtCalm = null;
                if (!Refusals.IsTemporary(frame.Code))
                {
                    Violates(Promise.WireContract, $"A reader was refused with {frame.Status} {frame.Code}", frame.Room);
                }

                return false;
            case ProbeFrameKind.Left when !Refusals.IsTemporary(frame.Code):
                Violates(Promise.WireContract, $"A reader was taken out of the room with {frame.Code}", frame.Room);
                return false;
            case ProbeFrameKind.End:
                return frame.Orderly || Connections[(int)Transport] > 0;
            default:
                return true;
        }
    }

    private void Take(ProbeFrame frame, Cursor? cursor)
    {
        if (cursor is null)
        {
            Violates(Promise.WireContract, "A frame is of a room that was not asked for", frame.Room);
            return;
        }

        IReadOnlyList<(Promise, string)> wrong = cursor.Take(frame, Transport, out EntryRecord? entry);
        foreach ((Promise promise, string what) in wrong)
        {
            Violates(promise, what, frame.Room);
        }

        if (frame.Kind != ProbeFrameKind.Entry)
        {
            return;
        }

        _record.CountDelivery();
        Deliveries[(int)Transport]++;

        // What is read later than it was published says nothing of how long it was on its way.
        if (entry?.Publish is { } publish && cursor.IsLive(publish.Begun) && Transport.Pushes())
        {
            TimeSpan now = _record.Clock.Of(frame.Received);
            _record.Latency.Add(now, now - publish.Begun);
        }
    }

    private void Violates(Promise promise, string what, string? room) => _record.Violates(promise, what, Name, room, _trail.Lines());
}
