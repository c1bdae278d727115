using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Http;

/// <summary>Keeps what the server logs about itself at Warning and above.</summary>
internal sealed class RecordingLog : ILoggerProvider, ILogger
{
    public ConcurrentQueue<(LogLevel Level, string? Event, Exception? Failure)> Lines { get; } = new();

    /// <summary>The same lines as text.</summary>
    public ConcurrentQueue<string> Texts { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            Lines.Enqueue((logLevel, eventId.Name, exception));
            Texts.Enqueue(formatter(state, exception));
        }
    }

    public void Dispose()
    {
    }
}
