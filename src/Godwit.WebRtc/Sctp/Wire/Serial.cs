namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>Compares numbers that begin again at zero (RFC 1982; RFC 9260 §1.6).</summary>
internal static class Serial
{
    /// <summary>Whether one TSN comes before another.</summary>
    public static bool IsBefore(uint a, uint b) => (int)(a - b) < 0;

    /// <summary>Whether one TSN comes before another or is it.</summary>
    public static bool IsBeforeOrSame(uint a, uint b) => (int)(a - b) <= 0;

    /// <summary>Whether one stream sequence number comes before another.</summary>
    public static bool IsBefore(ushort a, ushort b) => (short)(a - b) < 0;
}
