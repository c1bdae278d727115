using System.Text;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

/// <summary>A client that follows rooms over one connection after another, and the model of what it must get.</summary>
internal sealed class Follower(DeliveryWorld world, Framing framing, Delivery delivery)
{
    private readonly Ledger?[] _ledgers = new Ledger?[DeliveryWorld.RoomCount];
    private readonly Reader?[] _readers = new Reader?[DeliveryWorld.RoomCount];
    private Func<int, int>? _take;
    private Client? _client;
    private int _seen;
    private int _sentControl;
    private int _seenControl;

    /// <summary>How much of a write its socket takes.</summary>
    public Func<int, int>? Take
    {
        set
        {
            _take = value;
            if (_client is not null)
            {
                _client.Outlet.Take = value;
            }
        }
    }

    // A room's event stream is of one room: its entries do not name it.
    private bool IsOfOneRoom => framing == Framing.ServerSentEvents;

    public void Connect()
    {
        Notice();
        _client ??= world.Rooms.Connect(framing, _take);
    }

    /// <summary>Joins from a place that depends on a number: a position seen, now, the start, the last n, or a made-up one.</summary>
    public void Join(int room, int place)
    {
        if (_client is null || _readers[room] is not null || (IsOfOneRoom && _readers.Any(static reader => reader is not null)))
        {
            return;
        }

        long any = place % (world.HeadOf(room) + 1);
        Position known = world.At(room, any);
        Ledger? before = _ledgers[room];
        (ReadFrom from, Position? presented) = (place % 8) switch
        {
            0 => (ReadFrom.Now, null),
            1 => (ReadFrom.Start, null),
            2 => (ReadFrom.Last(place % 30), (Position?)null),
            3 => At(known with { Mark = known.Mark ^ 1 }),
            4 => At(known with { Epoch = new Epoch(known.Epoch.Value ^ 1) }),
            5 => At(known with { Offset = world.HeadOf(room) + 1 + (place % 3) }),
            _ => At(before is { Next: > 0 } ? world.At(room, before.Next - 1) : known),
        };
        JoinAt(room, from, presented);
    }

    /// <summary>Joins every room that was followed, where it was left.</summary>
    public void JoinAgain()
    {
        for (int room = 0; room < _ledgers.Length; room++)
        {
            if (_ledgers[room] is { Next: > 0 } ledger && _readers[room] is null && (!IsOfOneRoom || _readers.All(static reader => reader is null)))
            {
                (ReadFrom from, Position? position) = At(world.At(room, ledger.Next - 1));
                JoinAt(room, from, position);
            }
        }
    }

    public void Leave(int room)
    {
        Notice();
        if (_client is not null && !IsOfOneRoom && _readers[room] is { } reader)
        {
            // Without a frame that says so the client cannot know which entry was the last.
            _readers[room] = null;
            _client.Connection.Leave(reader, framing.Control(Encoding.ASCII.GetBytes($$"""{"op":"left","room":"room{{room}}"}"""), null));
        }
    }

    public void Disconnect(bool atOnce)
    {
        if (_client is null)
        {
            return;
        }

        if (!atOnce)
        {
            _client.Connection.Close(null);
            world.Rooms.Queue.RunOne(0);
        }

        _client.Connection.Abort();
        Check();
        Forget();
    }

    public void SendControl()
    {
        Notice();
        _client?.Connection.Send(framing.Control(Encoding.ASCII.GetBytes($$"""{"op":"error","offset":{{++_sentControl}}}"""), null));
    }

    public void Let(int octets) => _client?.Outlet.Let(octets);

    /// <summary>Finds out whether the server has ended the connection.</summary>
    public void Notice()
    {
        if (_client is { Connection.Ended.IsCompleted: true })
        {
            Check();
            Assert.True(_client.Connection.Reason == ErrorCode.Stalled || _client.Connection.Reason == ErrorCode.Overloaded || _client.Connection.Reason == ErrorCode.Silent, $"It ended by {_client.Connection.Reason?.Code}.");
            Forget();
        }
    }

    /// <summary>Everything was let through: nothing may be missing.</summary>
    public void CheckComplete()
    {
        Check();
        if (_client is not null)
        {
            Assert.Equal(0, _client.CutOctets);
        }

        for (int room = 0; room < _ledgers.Length; room++)
        {
            if (_readers[room] is not null)
            {
                // The newest entry may have aged out before a reader came to it, and one that skips is not told.
                bool isGone = delivery == Delivery.Latest && world.TrimmedOf(room) == world.HeadOf(room);
                Assert.True(isGone || _ledgers[room]!.Next == world.HeadOf(room) + 1, $"It stands at {_ledgers[room]!.Next}, the head at {world.HeadOf(room)}.");
            }
        }
    }

    private static (ReadFrom From, Position? Position) At(Position position) => (ReadFrom.After(position), position);

    private void JoinAt(int room, ReadFrom from, Position? presented)
    {
        _ledgers[room] ??= new Ledger(world, room, delivery == Delivery.Latest);
        _ledgers[room]!.Presented.Enqueue((from.Kind, presented));
        _readers[room] = _client!.Join(world.Names[room], from, delivery);
    }

    private void Check()
    {
        if (_client is null)
        {
            return;
        }

        Assert.Null(_client.Outlet.Fault);
        List<Received> frames = _client.Frames;
        for (; _seen < frames.Count; _seen++)
        {
            Received frame = frames[_seen];
            switch (frame.Op)
            {
                case "heartbeat" or "close" or "left":
                    break;
                case "error" when frame.Offset == 0:
                    break;
                case "error":
                    Assert.True(frame.Offset > _seenControl, "Control frames are out of order.");
                    _seenControl = (int)frame.Offset;
                    break;
                default:
                    int room = frame.Room is { } name ? name[^1] - '0' : Array.FindIndex(_readers, static reader => reader is not null);
                    _ledgers[room]!.On(frame);
                    break;
            }
        }
    }

    private void Forget()
    {
        _client = null;
        _seen = 0;
        Array.Clear(_readers);
        foreach (Ledger? ledger in _ledgers)
        {
            ledger?.Presented.Clear();
        }
    }

    /// <summary>The model: the next offset, and what each frame may do to it.</summary>
    private sealed class Ledger(DeliveryWorld world, int room, bool skips)
    {
        public long Next { get; private set; }

        public Queue<(ReadFromKind Kind, Position? Position)> Presented { get; } = new();

        public void On(Received frame)
        {
            switch (frame.Op)
            {
                case "joined":
                    (_, Position? presented) = Presented.Dequeue();
                    Assert.Equal(frame.Position, world.At(room, frame.Position!.Value.Offset));
                    Assert.Equal(frame.Verdict == "gap", frame.Missing is not null);
                    if (presented is { } position)
                    {
                        bool isOurs = position.Epoch == frame.Position.Value.Epoch && position.Offset <= world.HeadOf(room);
                        Assert.True(frame.Verdict == "ok" ? position == frame.Position : frame.Verdict != "gap" || (isOurs && frame.Missing!.Value.From == position.Offset + 1));
                        Assert.True(frame.Verdict != "reset" || !isOurs || world.At(room, position.Offset) != position);
                    }

                    Assert.True(frame.Missing is null || frame.Missing.Value.To == frame.Position.Value.Offset);
                    Assert.True(frame.Verdict == "ok" || world.WasTrimmedTo(room, frame.Position.Value.Offset));
                    Next = frame.Position.Value.Offset + 1;
                    break;
                case "entry":
                    Assert.True(skips ? frame.Offset >= Next : frame.Offset == Next, $"Entry {frame.Offset} came where {Next} was next.");
                    Assert.Equal(world.At(room, frame.Offset), frame.Position);
                    Next = frame.Offset + 1;
                    break;
                case "gap":
                    Assert.False(skips, "Who skips is not told of it.");
                    Assert.Equal(Next, frame.Missing!.Value.From);
                    Assert.True(world.WasTrimmedTo(room, frame.Missing.Value.To));
                    Assert.Equal(world.At(room, frame.Missing.Value.To), frame.Position);
                    Next = frame.Missing.Value.To + 1;
                    break;
                default:
                    Assert.Fail($"Nobody expects {frame.Op}.");
                    break;
            }
        }
    }
}
