using Godwit.AspNetCore.Draining;

namespace Godwit.Server.Hosting;

/// <summary>The end of the server: the drain, and then a limit for what does not end by itself.</summary>
internal static class Stop
{
    /// <summary>How long open requests may take to end after the drain, before their connections are cut.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    /// <summary>The same where everything is to end at once.</summary>
    private static readonly TimeSpan ShortGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>Waits until a signal or the token stops the application, and completes when it has stopped.</summary>
    public static async Task WaitAsync(WebApplication application, CancellationToken cancel)
    {
        ServerDrain drain = application.Services.GetRequiredService<ServerDrain>();
        var stopping = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (application.Lifetime.ApplicationStopping.Register(stopping.SetResult))
        using (cancel.Register(application.Lifetime.StopApplication))
        {
            await stopping.Task;
        }

        using var limit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, drain.Time);
        using (drain.Stopping.Register(() => limit.CancelAfter(drain.AtOnce.IsCancellationRequested ? ShortGrace : Grace)))
        using (drain.AtOnce.Register(() => limit.CancelAfter(ShortGrace)))
        {
            await application.StopAsync(limit.Token);
        }
    }
}
