using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Client;

/// <summary>The clock of all clients of this process, with one timer for what each has to do by time.</summary>
internal static class ClientTimes
{
    /// <summary>The deadlines.</summary>
    public static Deadlines Shared { get; } = new(TimeProvider.System);
}
