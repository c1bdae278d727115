using System.Text;

namespace Godwit.AspNetCore.Lanes.Sockets;

/// <summary>What the first octets of a connection look like.</summary>
internal enum HeadKind
{
    /// <summary>Nothing for the socket lane.</summary>
    Other,

    /// <summary>The beginning of a head that may become a handshake.</summary>
    Incomplete,

    /// <summary>A whole head with <c>Upgrade: websocket</c>.</summary>
    Handshake,
}

/// <summary>Tells whether a connection begins with a whole request head that asks for a WebSocket.</summary>
/// <remarks>
/// It decides on a lane and on nothing else: what the request is, and whether it is one, the web server says, which reads the
/// same octets. Where lines end must not be a matter of opinion between the two, so a head with a CR or LF that stands alone
/// is none for the lane.
/// </remarks>
internal static class RequestHead
{
    private static readonly byte[] Method = Encoding.ASCII.GetBytes("GET ");
    private static readonly byte[] Version = Encoding.ASCII.GetBytes(" HTTP/1.1");
    private static readonly byte[] Field = Encoding.ASCII.GetBytes("upgrade:");
    private static readonly byte[] Protocol = Encoding.ASCII.GetBytes("websocket");

    /// <summary>Looks at what came first.</summary>
    /// <param name="octets">The first octets of the connection, as many as are there.</param>
    /// <param name="length">The length of the head with its empty line, if it is a handshake.</param>
    public static HeadKind Look(ReadOnlySpan<byte> octets, out int length)
    {
        length = 0;
        int shown = Math.Min(octets.Length, Method.Length);
        if (shown == 0 || !octets[..shown].SequenceEqual(Method.AsSpan(0, shown)))
        {
            return HeadKind.Other;
        }

        bool isHandshake = false;
        for (int start = 0; ;)
        {
            int end = octets[start..].IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0 || start + end + 1 >= octets.Length)
            {
                return end >= 0 && octets[start + end] == '\n' ? HeadKind.Other : HeadKind.Incomplete;
            }

            end += start;
            if (octets[end] == '\n' || octets[end + 1] != '\n')
            {
                return HeadKind.Other;
            }

            if (end == start)
            {
                length = isHandshake ? end + 2 : 0;
                return isHandshake ? HeadKind.Handshake : HeadKind.Other;
            }

            if (start == 0 && !octets[..end].EndsWith(Version))
            {
                // An older version has no upgrades (RFC 9110 section 7.8): whatever it asks for is answered as ever.
                return HeadKind.Other;
            }

            isHandshake |= start > 0 && AsksForWebSocket(octets[start..end]);
            start = end + 2;
        }
    }

    private static bool AsksForWebSocket(ReadOnlySpan<byte> line) =>
        line.Length > Field.Length
        && Ascii.EqualsIgnoreCase(line[..Field.Length], Field)
        && Ascii.EqualsIgnoreCase(line[Field.Length..].Trim(" \t"u8), Protocol);
}
