namespace Godwit.Server.Tests.Transports;

/// <summary>Which broker the transport matrix runs on: the memory broker, or with <c>GODWIT_TEST_BROKER=sqlite</c> the SQLite broker, over HTTP/1.1 alone.</summary>
internal static class TestedBroker
{
    /// <summary>Whether it is the SQLite broker.</summary>
    public static bool IsSqlite { get; } = Environment.GetEnvironmentVariable("GODWIT_TEST_BROKER") switch
    {
        null or "" or "memory" => false,
        "sqlite" => true,
        var other => throw new InvalidOperationException($"GODWIT_TEST_BROKER is memory or sqlite, not '{other}'."),
    };
}
