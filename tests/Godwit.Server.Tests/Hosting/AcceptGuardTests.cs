using System.Net.Sockets;
using Godwit.AspNetCore.Lanes.Sockets;
using Godwit.Server.Hosting;
using Godwit.Server.Tests.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Hosting;

public sealed class AcceptGuardTests
{
    private const int Most = 20;

    private readonly RecordingLog _log = new();
    private readonly AcceptGuard _guard;

    public AcceptGuardTests() => _guard = new AcceptGuard(Most, null, _log);

    [Fact]
    public async Task As_many_connections_as_there_are_places_are_served_and_the_next_is_closed_unanswered()
    {
        List<Served> open = Fill();
        Assert.All(open, static served => Assert.Equal((true, false), (served.Began, served.IsAborted)));

        var next = new Served();
        await next.ServeAsync(_guard);

        Assert.Equal((false, true), (next.Began, next.IsAborted));
        Assert.All(open, static served => Assert.False(served.IsAborted));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whoever_ends_makes_room_for_one_however_it_ended(bool fails)
    {
        List<Served> open = Fill();
        if (fails)
        {
            open[3].End.SetException(new IOException("cut"));
        }
        else
        {
            open[3].End.SetResult();
        }

        await open[3].Serving!.ContinueWith(static _ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.True(Begins());
        Assert.False(Begins());
    }

    [Fact]
    public void One_that_goes_on_without_the_web_server_keeps_its_place_until_its_socket_is_closed()
    {
        var goesOn = new GoesOn();
        var detached = new Served(goesOn);
        _ = detached.ServeAsync(_guard);
        for (int i = 1; i < Most; i++)
        {
            Assert.True(Begins());
        }

        detached.End.SetResult();
        Assert.False(Begins());

        goesOn.Close!();
        Assert.True(Begins());
        Assert.False(Begins());
    }

    [Fact]
    public void One_that_fails_before_it_begins_takes_no_place()
    {
        for (int i = 0; i < 2 * Most; i++)
        {
            Assert.Throws<InvalidOperationException>(() => { _ = _guard.ServeAsync(new DefaultConnectionContext(), static _ => throw new InvalidOperationException()); });
        }

        Assert.Equal(Most, Fill().Count(static served => served.Began));
    }

    [Fact]
    public async Task It_says_so_once_and_again_only_after_a_tenth_has_gone()
    {
        List<Served> open = Fill();
        Assert.False(Begins());
        Assert.False(Begins());
        Assert.Single(_log.Lines, static line => line is (LogLevel.Warning, "SocketsFull", _));

        foreach (Served served in open[..3])
        {
            served.End.SetResult();
            await served.Serving!;
        }

        for (int i = 0; i < 3; i++)
        {
            Assert.True(Begins());
        }

        Assert.False(Begins());
        Assert.Equal(2, _log.Lines.Count);
    }

    private List<Served> Fill()
    {
        var open = new List<Served>();
        for (int i = 0; i < Most; i++)
        {
            open.Add(new Served());
            _ = open[i].ServeAsync(_guard);
        }

        return open;
    }

    private bool Begins()
    {
        var served = new Served();
        _ = served.ServeAsync(_guard);
        return served.Began;
    }

    private sealed class GoesOn : ISocketLaneFeature
    {
        public Action? Close { get; private set; }

        public UpgradedSocket? Detach(Func<Socket, UpgradedSocket> take) => null;

        public void WhenClosed(Action action) => Close = action;
    }

    private sealed class Served
    {
        private readonly Aborted _connection = new();

        public Served(ISocketLaneFeature? lane = null)
        {
            if (lane is not null)
            {
                _connection.Features.Set(lane);
            }
        }

        // Continuations run where it is completed, so what gives the place back has run when that returns.
        public TaskCompletionSource End { get; } = new();

        public bool Began { get; private set; }

        public bool IsAborted => _connection.IsAborted;

        public Task? Serving { get; private set; }

        public Task ServeAsync(AcceptGuard guard) => Serving = guard.ServeAsync(_connection, _ =>
        {
            Began = true;
            return End.Task;
        });
    }

    private sealed class Aborted : DefaultConnectionContext
    {
        public bool IsAborted { get; private set; }

        public override void Abort(ConnectionAbortedException abortReason) => IsAborted = true;

        public override void Abort() => IsAborted = true;
    }
}
