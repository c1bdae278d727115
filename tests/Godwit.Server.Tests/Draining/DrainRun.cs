using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Draining;

/// <summary>A deploy under load: readers of every kind, a publisher, a server that is told to stop, and one that takes over.</summary>
/// <remarks>
/// Where the log survives the change of servers, nobody may see anything but the entries that follow; else everybody sees
/// one <c>reset</c> and then the new log from its first entry on.
/// </remarks>
internal sealed class DrainRun(int connections, bool logSurvives)
{
    private const int Rooms = 8;
    private const int Connecting = 100;
    private static readonly TimeSpan PublishEvery = TimeSpan.FromMilliseconds(25);
    private static readonly ProbeTransport[] Transports =
    [
        ProbeTransport.WebSocket, ProbeTransport.ServerSentEvents, ProbeTransport.HttpStream, ProbeTransport.LongPoll,
        ProbeTransport.SessionWebSocket, ProbeTransport.SessionStream, ProbeTransport.SessionLongPoll,
    ];

    private readonly ConcurrentQueue<long> _back = new();
    private readonly TaskCompletionSource _allJoined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _allBack = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _joined;
    private int _isBack;
    private volatile bool _isDraining;

    /// <summary>Whether positions of the old server are good at the new one.</summary>
    public bool LogSurvives => logSurvives;

    /// <summary>Whether the server was told to stop.</summary>
    public bool IsDraining => _isDraining;

    /// <summary>When each reader came back for the first time, in timestamps of <see cref="Stopwatch"/>, in order.</summary>
    public IReadOnlyList<long> Back => [.. _back.Order()];

    /// <summary>How often readers were refused, or found nobody, until the new server was there.</summary>
    public int Refusals { get; private set; }

    /// <summary>A reader has joined for the first time.</summary>
    public void OnJoined()
    {
        if (Interlocked.Increment(ref _joined) == connections)
        {
            _allJoined.TrySetResult();
        }
    }

    /// <summary>A reader comes back.</summary>
    public void OnComesBack()
    {
        _back.Enqueue(Stopwatch.GetTimestamp());
        if (Interlocked.Increment(ref _isBack) == connections)
        {
            _allBack.TrySetResult();
        }
    }

    /// <summary>Runs it.</summary>
    /// <param name="server">The server that will stop.</param>
    /// <param name="stop">Tells it to stop, and gives the server that takes over, once it serves.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task RunAsync(GodwitProcess server, Func<Task<GodwitProcess>> stop, CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var mount = new Uri(server.Addresses[0], "rt");
        DrainReader[] readers = [.. Enumerable.Range(0, connections).Select(i => Reader(mount, i))];
        var work = new List<Task>();
        try
        {
            foreach (DrainReader[] batch in readers.Chunk(Connecting))
            {
                int before = Volatile.Read(ref _joined);
                work.AddRange(batch.Select(reader => Task.Run(() => reader.RunAsync(end.Token), end.Token)));
                await OrFaultAsync(JoinedAsync(before + batch.Length, end.Token), work);
            }

            using var published = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
            Task publishing = PublishAsync(mount, published.Token);
            work.Add(publishing);
            await OrFaultAsync(_allJoined.Task, work);
            _isDraining = true;
            Task<GodwitProcess> successor = stop();
            await OrFaultAsync(_allBack.Task, work);
            await using GodwitProcess other = await successor;

            // Only the quiet rooms' readers and those who were refused have still to come; each sees all that is published.
            await published.CancelAsync();
            await publishing;
            work.Remove(publishing);
            await PublishLastAsync(new Uri(other.Addresses[0], "rt"), end.Token);
            await OrFaultAsync(Task.WhenAll(work), work);
        }
        catch (TimeoutException late)
        {
            throw new InvalidOperationException($"Not all came to the end: {string.Join('\n', readers.Where((_, i) => !work[i].IsCompleted).Take(5).Select(reader => reader.State))}", late);
        }
        finally
        {
            await end.CancelAsync();
        }

        Refusals = readers.Sum(reader => reader.Refusals);
        Assert.All(readers, reader => Assert.Equal(LogSurvives ? 0 : 1, reader.Resets));
    }

    private DrainReader Reader(Uri mount, int i)
    {
        ProbeTransport transport = Transports[i % Transports.Length];
        int room = i / Transports.Length % Rooms;

        // Polls that entries wake are not held: they come and go all the time, drain or not.
        var target = new ProbeTarget
        {
            Mount = mount,
            Room = transport.Polls() ? Quiet(room) : Busy(room),
            Wait = TimeSpan.FromSeconds(50),
            Keep = 1,
        };
        return new DrainReader(this, transport, target, waitsForClose: i / Transports.Length % 2 == 0, $"reader {i}");
    }

    private async Task JoinedAsync(int count, CancellationToken cancel)
    {
        while (Volatile.Read(ref _joined) < count)
        {
            await Task.Delay(5, cancel);
        }
    }

    /// <summary>Publishes until it is cancelled, again and again with the same key while nobody takes it.</summary>
    private static async Task PublishAsync(Uri mount, CancellationToken cancel)
    {
        for (int i = 0; !cancel.IsCancellationRequested; i++)
        {
            await PublishAsync(mount, Busy(i % Rooms), i.ToString(CultureInfo.InvariantCulture), CancellationToken.None);
            await Task.Delay(PublishEvery, cancel).ContinueWith(static _ => { }, CancellationToken.None);
        }
    }

    private static async Task PublishLastAsync(Uri mount, CancellationToken cancel)
    {
        for (int room = 0; room < Rooms; room++)
        {
            foreach (string name in new[] { Busy(room), Quiet(room) })
            {
                await PublishAsync(mount, name, "0", cancel);
                await PublishAsync(mount, name, DrainReader.Last, cancel);
            }
        }
    }

    private static async Task PublishAsync(Uri mount, string room, string json, CancellationToken cancel)
    {
        string key = Guid.NewGuid().ToString("N");
        while (true)
        {
            await using var publisher = new HttpPublisher(new ProbeTarget { Mount = mount, Room = room });
            try
            {
                PublishOutcome outcome = await publisher.PublishAsync(Encoding.UTF8.GetBytes(json), "application/json", key: key, cancel: cancel);
                Assert.NotNull(outcome.Position);
                return;
            }
            catch (Exception away) when (away is HttpRequestException or IOException)
            {
                await Task.Delay(50, cancel);
            }
        }
    }

    /// <summary>Waits for a task, or fails with the first of the others that does.</summary>
    private static async Task OrFaultAsync(Task task, List<Task> others)
    {
        while (!task.IsCompleted)
        {
            Task ended = await Task.WhenAny([task, .. others.Where(static other => !other.IsCompletedSuccessfully)]).WaitAsync(TimeSpan.FromSeconds(60));
            await ended;
        }

        await task;
    }

    private static string Busy(int room) => $"busy:{room}";

    private static string Quiet(int room) => $"quiet:{room}";
}
