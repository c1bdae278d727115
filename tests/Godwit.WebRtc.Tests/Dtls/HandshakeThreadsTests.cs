using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Tests.Peers;

namespace Godwit.WebRtc.Tests.Dtls;

public sealed class HandshakeThreadsTests
{
    [Fact]
    public async Task As_many_run_as_there_are_threads_a_bounded_number_waits_and_the_rest_is_refused()
    {
        using var threads = new HandshakeThreads(most: 2, mostWaiting: 3);
        using var gate = new ManualResetEventSlim();
        int running = 0;
        int done = 0;
        Work[] works = [.. Enumerable.Range(0, 6).Select(_ => new Work(null, () =>
        {
            Interlocked.Increment(ref running);
            gate.Wait(ServerScene.Limit);
            Interlocked.Increment(ref done);
        }))];
        Assert.True(threads.TryAdd(works[0]));
        Assert.True(threads.TryAdd(works[1]));
        await ServerScene.UntilAsync(() => Volatile.Read(ref running) == 2);
        Assert.True(threads.TryAdd(works[2]));
        Assert.True(threads.TryAdd(works[3]));
        Assert.True(threads.TryAdd(works[4]));
        Assert.False(threads.TryAdd(works[5]));
        Assert.Equal(2, threads.Count);
        gate.Set();
        await ServerScene.UntilAsync(() => Volatile.Read(ref done) == 5);
    }

    [Fact]
    public async Task One_address_does_not_have_all_threads()
    {
        using var threads = new HandshakeThreads(most: 4);
        using var gate = new ManualResetEventSlim();
        int crowd = 0;
        int other = 0;
        for (int i = 0; i < 10; i++)
        {
            Assert.True(threads.TryAdd(new Work("one", () =>
            {
                Interlocked.Increment(ref crowd);
                gate.Wait(ServerScene.Limit);
            })));
        }

        await ServerScene.UntilAsync(() => Volatile.Read(ref crowd) == 1);
        Assert.True(threads.TryAdd(new Work("two", () => Interlocked.Increment(ref other))));
        await ServerScene.UntilAsync(() => Volatile.Read(ref other) == 1);
        Assert.Equal(1, Volatile.Read(ref crowd));
        gate.Set();
        await ServerScene.UntilAsync(() => Volatile.Read(ref crowd) == 10);
    }

    [Fact]
    public async Task One_address_does_not_have_all_places_to_wait_and_who_leaves_makes_room()
    {
        using var threads = new HandshakeThreads(most: 1);
        using var gate = new ManualResetEventSlim();
        int running = 0;
        threads.TryAdd(new Work(null, () =>
        {
            Interlocked.Increment(ref running);
            gate.Wait(ServerScene.Limit);
        }));
        await ServerScene.UntilAsync(() => Volatile.Read(ref running) == 1);
        Work[] crowd = [.. Enumerable.Range(0, HandshakeThreads.MostWaitingOfOne).Select(_ => new Work("one", () => Interlocked.Increment(ref running)))];
        Assert.All(crowd, work => Assert.True(threads.TryAdd(work)));
        Assert.False(threads.TryAdd(new Work("one", static () => { })));
        Assert.True(threads.TryAdd(new Work("two", () => Interlocked.Increment(ref running))));
        threads.Remove(crowd[3]);
        Assert.True(threads.TryAdd(new Work("one", () => Interlocked.Increment(ref running))));
        Assert.False(threads.TryAdd(new Work("one", static () => { })));
        gate.Set();
        await ServerScene.UntilAsync(() => Volatile.Read(ref running) == HandshakeThreads.MostWaitingOfOne + 2);
    }

    [Fact]
    public async Task Where_the_system_has_no_further_thread_those_that_there_are_go_on()
    {
        int left = 0;
        using var threads = new HandshakeThreads(most: 4, start: work =>
        {
            if (left-- <= 0)
            {
                throw new OutOfMemoryException();
            }

            new Thread(work) { IsBackground = true }.Start();
        });
        int done = 0;
        Assert.False(threads.TryAdd(new Work(null, () => Interlocked.Increment(ref done))));
        Assert.Equal(0, threads.Count);
        left = 1;
        using var gate = new ManualResetEventSlim();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(threads.TryAdd(new Work(null, () =>
            {
                gate.Wait(ServerScene.Limit);
                Interlocked.Increment(ref done);
            })));
        }

        Assert.Equal(1, threads.Count);
        gate.Set();
        await ServerScene.UntilAsync(() => Volatile.Read(ref done) == 3);
    }

    [Fact]
    public async Task Those_that_wait_are_dropped_when_the_server_stops()
    {
        var threads = new HandshakeThreads(most: 1);
        using var gate = new ManualResetEventSlim();
        bool runs = false;
        threads.TryAdd(new Work(null, () =>
        {
            Volatile.Write(ref runs, true);
            gate.Wait(ServerScene.Limit);
        }));
        await ServerScene.UntilAsync(() => Volatile.Read(ref runs));
        var waiting = new Work(null, static () => { });
        threads.TryAdd(waiting);
        threads.Dispose();
        Assert.True(waiting.IsDropped);
        Assert.False(threads.TryAdd(waiting));
        gate.Set();
        await ServerScene.UntilAsync(() => threads.Count == 0);
    }

    private sealed class Work(object? share, Action run) : IHandshake
    {
        public object? Share => share;

        public bool IsDropped { get; private set; }

        public void Run() => run();

        public void Drop() => IsDropped = true;
    }
}
