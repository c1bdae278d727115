using Godwit.Rooms;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Sqlite.Tests;

/// <summary>The application's start with a directory that is held.</summary>
public sealed class StartTests
{
    [Fact]
    public async Task Whatever_goes_wrong_while_it_waits_for_the_directory_stops_the_application_and_is_told()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using var directory = new TestDirectory();
        var options = new SqliteBrokerOptions { Directory = directory.Path };
        await using var holder = new SqliteBroker(options, new RoomPolicies([]), TimeProvider.System);
        Assert.True(holder.TryOpen());
        await using var broker = new SqliteBroker(options, new RoomPolicies([]), new BrokenClock());
        var application = new Application();
        using var start = new SqliteBrokerStart(broker, options, application, NullLogger<SqliteBroker>.Instance);
        await start.StartingAsync(cancel);
        await application.Stopped.Task.WaitAsync(cancel);
        SqliteStoreException fault = Assert.Throws<SqliteStoreException>(start.ThrowIfFailed);
        Assert.Equal($"{directory.Path} cannot be opened: the clock is broken", fault.Message);
        await start.StoppingAsync(cancel);
    }

    private sealed class BrokenClock : TimeProvider
    {
        public override long GetTimestamp() => throw new InvalidOperationException("the clock is broken");
    }

    private sealed class Application : IHostApplicationLifetime
    {
        public TaskCompletionSource Stopped { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => Stopped.TrySetResult();
    }
}
