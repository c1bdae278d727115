using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Godwit.Sqlite;

/// <summary>Opens the store before the application answers; where another process holds it, while the application answers that it is not ready.</summary>
internal sealed partial class SqliteBrokerStart(SqliteBroker broker, SqliteBrokerOptions options, IHostApplicationLifetime application, ILogger<SqliteBroker> log) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _opening = Task.CompletedTask;
    private SqliteStoreException? _fault;

    /// <summary>Says why the application was stopped, if it was for the store.</summary>
    /// <exception cref="SqliteStoreException">The store could not be opened.</exception>
    public void ThrowIfFailed()
    {
        if (_fault is { } fault)
        {
            throw new SqliteStoreException(fault.File, fault.Message, fault);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (!broker.TryOpen())
        {
            Log.Waiting(log, Path.Combine(options.Directory, Storage.DirectoryLock.Name), options.WaitLock.TotalSeconds);
            _opening = Task.Run(OpenAsync, CancellationToken.None);
        }

        return Task.CompletedTask;
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

    private async Task OpenAsync()
    {
        try
        {
            await broker.OpenAsync(_stopping.Token).ConfigureAwait(false);
            Log.Opened(log, options.Directory);
        }
        catch (SqliteStoreException fault)
        {
            _fault = fault;
            Log.NotOpened(log, fault.Message);
            application.StopApplication();
        }
        catch (Exception) when (_stopping.IsCancellationRequested)
        {
            // The application stops while it waits.
        }
        catch (Exception fault)
        {
            _fault = new SqliteStoreException(options.Directory, $"{options.Directory} cannot be opened: {fault.Message}", fault);
            Log.NotOpened(log, _fault.Message);
            application.StopApplication();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(9, LogLevel.Warning, "{Lock} is held by another process: not ready, and waiting for up to {Seconds} s.", EventName = "WaitingForLock")]
        public static partial void Waiting(ILogger logger, string @lock, double seconds);

        [LoggerMessage(10, LogLevel.Information, "{Directory} is free: ready.", EventName = "LockTaken")]
        public static partial void Opened(ILogger logger, string directory);

        [LoggerMessage(11, LogLevel.Critical, "Stopping: {Reason}", EventName = "NotOpened")]
        public static partial void NotOpened(ILogger logger, string reason);
    }
}
