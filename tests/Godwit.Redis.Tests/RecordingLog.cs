using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Godwit.Redis.Tests;

/// <summary>Keeps which events were logged.</summary>
internal sealed class RecordingLog : ILogger<RedisBroker>
{
    private readonly ConcurrentQueue<string> _events = [];

    /// <summary>Their names.</summary>
    public string[] Events => [.. _events];

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _events.Enqueue(eventId.Name ?? "");
}
