using System.Diagnostics;
using Godwit.AspNetCore.Access;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.LoadTesting;

/// <summary>Puts a load on a deployment: readers first, then entries for a time, then whoever is behind catches up.</summary>
internal sealed class LoadRun
{
    // Connecting takes as long as handshakes do; a thousand at once would only measure that.
    private const int Connecting = 64;

    // Of the process itself: libraries, epoll, the terminal.
    private const int OwnDescriptors = 200;
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    private readonly LoadPlan _plan;
    private readonly TimeProvider _time;
    private readonly List<(TransportLoad Load, LoadReader Reader)> _readers = [];
    private long _begun;
    private string _phase = "connecting";

    public LoadRun(LoadPlan plan, TimeProvider time)
    {
        (_plan, _time) = (plan, time);
        Publishes = new PublishLoad(plan, time);
        Loads = [.. plan.Audience.Select(static part => new TransportLoad(part.Transport, part.Readers))];
    }

    /// <summary>What was published.</summary>
    public PublishLoad Publishes { get; }

    /// <summary>What was read.</summary>
    public IReadOnlyList<TransportLoad> Loads { get; }

    /// <summary>Called when it has been seen that the load can be put on, before it is.</summary>
    public Action Begins { get; init; } = static () => { };

    /// <summary>How it stands, for a line.</summary>
    public string Progress => _phase switch
    {
        "connecting" => $"connecting: {_readers.Count(static each => each.Reader.Joined.IsCompletedSuccessfully)} of {_plan.Readers} readers",
        _ => $"{_phase} {_time.GetElapsedTime(_begun).TotalSeconds:0} s of {_plan.Duration.TotalSeconds:0}: {Publishes.Acknowledged} acknowledged, {Loads.Sum(static load => load.Delivered)} delivered"
            + (Publishes.Refused + Publishes.Failed > 0 ? $", {Publishes.Refused} refused, {Publishes.Failed} failed" : ""),
    };

    /// <summary>Says no where this process cannot have so many connections.</summary>
    /// <exception cref="ServerFault">It cannot.</exception>
    public static void RequireDescriptors(LoadPlan plan, int? limit)
    {
        long needed = (long)plan.Readers + plan.Publishers + OwnDescriptors;
        if (limit is { } most && needed > most)
        {
            throw new ServerFault($"{plan.Readers} readers and {plan.Publishers} publishers need some {needed} file descriptors, and this process may have {most}; raise ulimit -Hn, or ask for {Math.Max(0, most - OwnDescriptors - plan.Publishers)} readers at most");
        }
    }

    /// <summary>Runs it.</summary>
    /// <exception cref="ServerFault">Nothing was measured: nobody answers, or it is refused.</exception>
    public async Task<LoadResult> RunAsync(CancellationToken interrupted)
    {
        RequireDescriptors(_plan, DescriptorLimit.Current);
        ProbeTarget target = _plan.Server.Room(_plan.Room) with { Time = _time, FollowsPace = true, InsistsOnSession = false, PollEvery = TimeSpan.FromSeconds(1), Keep = 1 };
        await ServerContact.RequireReadableAsync(target, interrupted).ConfigureAwait(false);
        await PublishLoad.RequirePublishableAsync(target, interrupted).ConfigureAwait(false);
        Begins();

        using var end = new CancellationTokenSource();
        var tasks = new List<Task>();
        try
        {
            await JoinAsync(target, tasks, end.Token, interrupted).ConfigureAwait(false);
            _phase = "loading";
            TimeSpan processor = Process.GetCurrentProcess().TotalProcessorTime;
            Volatile.Write(ref _begun, _time.GetTimestamp());
            await Publishes.RunAsync(_begun, interrupted).ConfigureAwait(false);
            TimeSpan elapsed = _time.GetElapsedTime(_begun);
            processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
            _phase = "settling";
            await SettleAsync().ConfigureAwait(false);
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(tasks).ConfigureAwait(false);
            foreach ((TransportLoad load, LoadReader reader) in _readers)
            {
                load.Lose(Publishes.Head - reader.Last);
            }

            // At a rate the last entry is acknowledged before the time is up, and rates are of the whole time.
            bool isCutOff = interrupted.IsCancellationRequested && elapsed < _plan.Duration;
            TimeSpan took = isCutOff || elapsed > _plan.Duration ? elapsed : _plan.Duration;
            return new LoadResult(_plan, Publishes, Loads, took, processor / elapsed / Environment.ProcessorCount, interrupted.IsCancellationRequested);
        }
        finally
        {
            await end.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task JoinAsync(ProbeTarget target, List<Task> tasks, CancellationToken end, CancellationToken interrupted)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
        patience.CancelAfter(JoinPatience);
        using var places = new SemaphoreSlim(Connecting);
        var joins = new List<Task>();
        try
        {
            foreach (TransportLoad load in Loads)
            {
                for (int i = 0; i < load.Readers; i++)
                {
                    await places.WaitAsync(patience.Token).ConfigureAwait(false);
                    var reader = new LoadReader(load.Transport, target, load, () => Volatile.Read(ref _begun));
                    _readers.Add((load, reader));
                    tasks.Add(Task.Run(() => reader.RunAsync(end), CancellationToken.None));
                    joins.Add(JoinedAsync(reader, places, patience.Token));
                }
            }

            await Task.WhenAll(joins).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!interrupted.IsCancellationRequested)
        {
            string why = string.Join("; ", Loads.SelectMany(static load => load.Failures.Keys).Distinct().Take(2));
            throw new ServerFault($"only {_readers.Count(static each => each.Reader.Joined.IsCompletedSuccessfully)} of {_plan.Readers} readers are reading after {JoinPatience.TotalSeconds:0} s{(why.Length > 0 ? $" ({why})" : "")}; ask for fewer, or raise the server's limits");
        }
        finally
        {
            await Task.WhenAll(joins).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static async Task JoinedAsync(LoadReader reader, SemaphoreSlim places, CancellationToken cancel)
    {
        try
        {
            await reader.Joined.WaitAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            places.Release();
        }
    }

    private async Task SettleAsync()
    {
        long begun = _time.GetTimestamp();
        while (_readers.Exists(each => each.Reader.Last < Publishes.Head) && _time.GetElapsedTime(begun) < _plan.Settle)
        {
            await Task.Delay(Look, _time, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
