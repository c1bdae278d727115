namespace Godwit.AspNetCore.Access;

/// <summary>The host names that mean this machine wherever they are resolved.</summary>
internal static class LoopbackHost
{
    /// <summary>Whether a host, without its port, is <c>localhost</c>, <c>127.0.0.1</c> or <c>[::1]</c>.</summary>
    public static bool Is(ReadOnlySpan<char> host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || host is "127.0.0.1" or "[::1]";
}
