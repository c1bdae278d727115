using Godwit.Server.Probes;
using Godwit.Server.Tests.Crash;

namespace Godwit.Server.Tests.Servers;

/// <summary>
/// Publishers and readers over every transport at several servers, whatever happens to these and to their store: what a publisher was not answered it sends again
/// with its key, and a reader goes on from its position. Anything lost, doubled, out of order or reset is a violation.
/// </summary>
internal sealed class SteadyLoad : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly string[] _rooms;
    private readonly Lives[] _servers;
    private readonly List<CrashReader> _readers = [];
    private readonly List<Task> _reading = [];
    private readonly List<CrashPublisher> _publishers = [];
    private readonly List<Task> _publishing = [];

    /// <summary>Makes a load without readers and publishers.</summary>
    /// <param name="rooms">The rooms that are published to.</param>
    /// <param name="servers">Where rooms are, at each server.</param>
    public SteadyLoad(string[] rooms, params Uri[] servers)
    {
        _rooms = rooms;
        _servers = [.. servers.Select(static mount =>
        {
            var lives = new Lives();
            lives.Begins(mount);
            return lives;
        })];
    }

    /// <summary>What was acknowledged and seen.</summary>
    public CrashRecord Record { get; } = new();

    /// <summary>The readers; the first is of the first server, the next of the next.</summary>
    public IReadOnlyList<CrashReader> Readers => _readers;

    /// <summary>Begins, with a reader for every transport at every server, and returns when each has connected.</summary>
    /// <param name="times">How many such readers.</param>
    /// <param name="pollEvery">How long a short poll waits for the next.</param>
    public async Task ReadAsync(int times, TimeSpan pollEvery)
    {
        int count = times * ProbeTransports.All.Count * _servers.Length;
        for (int i = 0; i < count; i++)
        {
            int of = i / _servers.Length;
            var reader = new CrashReader(Record, _servers[i % _servers.Length], _rooms[of / ProbeTransports.All.Count % _rooms.Length], ProbeTransports.All[of % ProbeTransports.All.Count]) { PollEvery = pollEvery };
            _readers.Add(reader);
            _reading.Add(Task.Run(() => reader.RunAsync(_end.Token), CancellationToken.None));
        }

        await ServerProcesses.UntilAsync(() => _readers.TrueForAll(static reader => reader.Connections > 0), "all readers have connected");
    }

    /// <summary>Begins to publish, two at each server, and returns when so much was acknowledged.</summary>
    public async Task PublishAsync(int acknowledged)
    {
        for (int i = 0; i < 2 * _servers.Length; i++)
        {
            var publisher = new CrashPublisher(Record, _servers[i % _servers.Length], _rooms, i, seed: 7);
            _publishers.Add(publisher);
            _publishing.Add(Task.Run(() => publisher.RunAsync(_stop.Token, _end.Token), CancellationToken.None));
        }

        await MoreAsync(acknowledged);
    }

    /// <summary>Waits until so much more was acknowledged.</summary>
    public Task MoreAsync(int acknowledged)
    {
        long goal = Record.Acknowledged + acknowledged;
        return ServerProcesses.UntilAsync(() => Record.Acknowledged >= goal || Record.Violations.Count > 0, "publishes are acknowledged");
    }

    /// <summary>Waits until so many more publishes were tried, whether or not they were taken.</summary>
    public Task TriedAsync(int times)
    {
        long goal = _publishers.Sum(static publisher => publisher.Attempts) + times;
        return ServerProcesses.UntilAsync(() => _publishers.Sum(static publisher => publisher.Attempts) >= goal, "publishes are tried");
    }

    /// <summary>Those of a server go to another one from now on: it is gone.</summary>
    /// <param name="server">Which.</param>
    /// <param name="to">Where rooms are at the other.</param>
    public void Move(int server, Uri to)
    {
        _servers[server].Ends();
        _servers[server].Begins(to);
    }

    /// <summary>Stops publishing, and waits until every reader has everything that was acknowledged; fails if anything was not as it has to be.</summary>
    public async Task FinishAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_publishing).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        var newest = _rooms.ToDictionary(static room => room, Record.Newest);
        await ServerProcesses.UntilAsync(
            () => Record.Violations.Count > 0 || _readers.TrueForAll(reader => reader.Seen >= newest[reader.Room]),
            () => "all readers have everything; behind are " + string.Join(", ", _readers.Select(static (reader, i) => (reader, i)).Where(each => each.reader.Seen < newest[each.reader.Room])
                .Select(each => $"{each.i}: {each.reader.Transport} of {each.reader.Room} at {each.reader.Seen} of {newest[each.reader.Room]}, connection {each.reader.Connections}")));
        Assert.Empty(Record.Violations);
        Assert.All(newest.Values, static offset => Assert.True(offset > 0));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _end.CancelAsync();
        await Task.WhenAll([.. _reading, .. _publishing]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        _stop.Dispose();
        _end.Dispose();
    }
}
