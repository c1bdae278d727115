using Microsoft.Extensions.Logging;

namespace Godwit.Redis.Tests;

/// <summary>Keeps what is logged, and shows it with the test's output.</summary>
internal sealed class TestLog : ILogger<RedisBroker>
{
    private readonly List<string> _lines = [];

    /// <summary>What was logged.</summary>
    public string[] Lines
    {
        get
        {
            lock (_lines)
            {
                return [.. _lines];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string line = $"{logLevel} {eventId.Name}: {formatter(state, exception)}{(exception is null ? "" : $" {exception}")}";
        lock (_lines)
        {
            _lines.Add(line);
        }
    }
}
