using System.Buffers;
using System.Globalization;
using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

/// <summary>Reads octets in every way they can arrive, and checks that the result does not depend on the way.</summary>
internal static class Reading
{
    public const int Limit = 1 << 20;

    /// <summary>What a server reads of a client's octets, one text per item; see <see cref="Describe"/>.</summary>
    public static string[] ByServer(params byte[][] frames) => EveryWay(WebSocketRole.Server, Limit, Concat(frames));

    /// <summary>What a client reads of a server's octets.</summary>
    public static string[] ByClient(params byte[][] frames) => EveryWay(WebSocketRole.Client, Limit, Concat(frames));

    public static byte[] Concat(params byte[][] frames) => [.. frames.SelectMany(frame => frame)];

    public static string[] EveryWay(WebSocketRole role, int limit, byte[] octets)
    {
        string[] whole = AsMemory(role, limit, [octets]);
        Check(AsSequence(role, limit, [octets]), "as one segment");
        Check(AsMemory(role, limit, Singles(octets)), "octet by octet");
        Check(AsSequence(role, limit, Singles(octets)), "octet by octet, in one sequence");

        // Every cut of a short input; of a long one those near its ends, and some between.
        int step = octets.Length <= 400 ? 1 : 97 + (octets.Length / 50);
        for (int cut = 0; cut <= octets.Length; cut += cut < 20 || cut >= octets.Length - 5 ? 1 : Math.Min(step, octets.Length - 5 - cut))
        {
            byte[][] pieces = [octets[..cut], octets[cut..]];
            Check(AsMemory(role, limit, pieces), $"cut at {cut}");
            Check(AsSequence(role, limit, pieces), $"in two segments cut at {cut}");
        }

        return whole;

        void Check(string[] found, string way) =>
            Assert.True(whole.SequenceEqual(found), $"Read {way}: {string.Join(" | ", found)}; read whole: {string.Join(" | ", whole)}");
    }

    /// <summary>How many octets arrive, one by one, before a violation is found; -1 if none is.</summary>
    public static int OctetsUntilViolation(byte[] octets, int limit = Limit)
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, limit);
        for (int i = 0; i < octets.Length; i++)
        {
            Memory<byte> input = new[] { octets[i] };
            if (reader.TryRead(ref input, out WebSocketReceived received) && received.Kind == WebSocketReceivedKind.Violation)
            {
                return i + 1;
            }
        }

        return -1;
    }

    /// <summary>Each piece as one read into memory that may be overwritten.</summary>
    public static string[] AsMemory(WebSocketRole role, int limit, IEnumerable<byte[]> pieces)
    {
        using var reader = new WebSocketReader(role, limit);
        var found = new List<string>();
        foreach (byte[] piece in pieces)
        {
            // A copy, because reading overwrites it; and ruined afterwards, because the reader must not come back to it.
            byte[] copy = [.. piece];
            Memory<byte> input = copy;
            for (int left = input.Length; reader.TryRead(ref input, out WebSocketReceived received); left = input.Length)
            {
                Assert.True(input.Length < left, "Something was found without anything being consumed.");
                found.Add(Describe(received));
            }

            Assert.True(input.IsEmpty);
            copy.AsSpan().Fill(0xEE);
        }

        return [.. found];
    }

    /// <summary>All pieces as the segments of one sequence that may not be overwritten.</summary>
    public static string[] AsSequence(WebSocketRole role, int limit, IReadOnlyList<byte[]> pieces)
    {
        using var reader = new WebSocketReader(role, limit);
        var found = new List<string>();
        ReadOnlySequence<byte> input = Segments.Of(pieces);
        byte[] before = input.ToArray();
        ReadOnlySequence<byte> all = input;
        for (long left = input.Length; reader.TryRead(ref input, out WebSocketReceived received); left = input.Length)
        {
            Assert.True(input.Length < left, "Something was found without anything being consumed.");
            found.Add(Describe(received));
        }

        Assert.True(input.IsEmpty);
        Assert.Equal(before, all.ToArray());
        return [.. found];
    }

    /// <summary><c>Text:</c> and the like with the payload in hexadecimal; <c>Close 1000:</c> with the reason; <c>Violation 1002:</c> with the sentence.</summary>
    public static string Describe(WebSocketReceived received) => received.Kind switch
    {
        WebSocketReceivedKind.Close or WebSocketReceivedKind.Violation =>
            string.Create(CultureInfo.InvariantCulture, $"{received.Kind} {(ushort)received.CloseCode}: {received.Reason}"),
        _ => $"{received.Kind}: {Convert.ToHexString(received.Payload.Span)}",
    };

    public static string Text(string text) => "Text: " + Convert.ToHexString(RawFrame.Utf8(text));

    public static string Binary(params byte[] octets) => "Binary: " + Convert.ToHexString(octets);

    public static string Ping(params byte[] octets) => "Ping: " + Convert.ToHexString(octets);

    public static string Pong(params byte[] octets) => "Pong: " + Convert.ToHexString(octets);

    private static byte[][] Singles(byte[] octets) => [.. octets.Select(octet => new[] { octet })];
}
