using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Redis;

/// <summary>Connects and checks before the application answers; with <see cref="RedisBrokerOptions.WaitBroker"/>, while it answers that it is not ready.</summary>
internal sealed partial class RedisBrokerStart(RedisBroker broker, RedisBrokerOptions options, TimeProvider time, ILogger<RedisBroker> log) : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private Task _opening = Task.CompletedTask;

    /// <inheritdoc/>
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        try
        {
            await broker.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RedisStoreException fault) when (options.WaitBroker)
        {
            Log.Waiting(log, fault.Message);
            _opening = Task.Run(() => OpenAsync(fault.Message), CancellationToken.None);
        }
    }

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _stopping.Cancel();
        return _opening;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private async Task OpenAsync(string told)
    {
        while (true)
        {
            try
            {
                await Task.Delay(Retry, time, _stopping.Token).ConfigureAwait(false);
                await broker.OpenAsync(_stopping.Token).ConfigureAwait(false);
                Log.Opened(log);
                return;
            }
            catch (Exception) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (Exception fault)
            {
                if (fault.Message != told)
                {
                    told = fault.Message;
                    Log.Waiting(log, told);
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Not ready, and trying again until Redis can be used: {Reason}", EventName = "WaitingForRedis")]
        public static partial void Waiting(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Information, "Redis can be used: ready.", EventName = "RedisTaken")]
        public static partial void Opened(ILogger logger);
    }
}
