using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Tests.Feeds;

/// <summary>Rooms, what was published in them, what retention has trimmed, and those who follow them.</summary>
internal sealed class DeliveryWorld : IDisposable
{
    public const int RoomCount = 3;

    private readonly List<Position>[] _published = new List<Position>[RoomCount];
    private readonly HashSet<long>[] _trimmed = new HashSet<long>[RoomCount];

    public DeliveryWorld(Framing[] framings, Retention retention, int shards, Func<int, Delivery>? delivery = null)
    {
        Rooms = new LiveRooms(retention, shards, linger: TimeSpan.FromSeconds(2));
        for (int i = 0; i < RoomCount; i++)
        {
            Names[i] = RoomName.Parse($"room{i}");
            _trimmed[i] = [];
            LogPage page = LiveRooms.Get(Rooms.Store.ReadAsync(Names[i], ReadFrom.Now, new ReadLimits(0, 0), CancellationToken.None));
            _published[i] = [page.Head];
        }

        NoteTrims();
        Followers = [.. Enumerable.Range(0, 8).Select(i => new Follower(this, framings[i % framings.Length], delivery?.Invoke(i) ?? Delivery.All))];
    }

    public LiveRooms Rooms { get; }

    public RoomName[] Names { get; } = new RoomName[RoomCount];

    public Follower[] Followers { get; }

    public long HeadOf(int room) => _published[room].Count - 1;

    public Position At(int room, long offset) => _published[room][(int)offset];

    /// <summary>Whether the room's oldest entry ever was the one after an offset.</summary>
    public bool WasTrimmedTo(int room, long offset) => _trimmed[room].Contains(offset);

    public long TrimmedOf(int room) => _trimmed[room].Max();

    public void Publish(int who, int count, int size)
    {
        int room = who % RoomCount;
        for (int i = 0; i < count; i++)
        {
            _published[room].Add(Rooms.Publish(Names[room], 1, size)[0]);
            NoteTrims();
        }
    }

    public void NoteTrims()
    {
        for (int i = 0; i < RoomCount; i++)
        {
            _trimmed[i].Add(LiveRooms.Get(Rooms.Store.ReadAsync(Names[i], ReadFrom.Now, new ReadLimits(0, 0), CancellationToken.None)).Oldest.Offset);
        }
    }

    /// <summary>Everything is let through; whoever follows a room has all of it then.</summary>
    public void Finish()
    {
        foreach (Follower follower in Followers)
        {
            follower.Take = null;
            follower.Let(int.MaxValue);
        }

        LetAll();
        foreach (Follower follower in Followers)
        {
            follower.Notice();
            follower.Connect();
            follower.JoinAgain();
        }

        LetAll();
        Assert.All(Followers, static follower => follower.CheckComplete());
    }

    public void Dispose() => Rooms.Dispose();

    private void LetAll()
    {
        do
        {
            Rooms.Queue.RunAll();
            foreach (Follower follower in Followers)
            {
                follower.Let(int.MaxValue);
            }
        }
        while (Rooms.Queue.Count > 0);
    }
}
