using System.Text;
using CsCheck;
using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class RoundTripProperties
{
    /// <summary>Characters of one to four octets, with the first and last of each length.</summary>
    private static readonly Gen<string> Texts =
        Gen.OneOf("a", "\0", "\u007F", "\u0080", "é", "\u07FF", "\u0800", "€", "\uD7FF", "\uE000", "\uFFFF", "\U00010000", "𐍈", "\U0010FFFF")
            .Array[0, 60].Select(string.Concat);

    private static readonly Gen<byte[]> Payloads = Gen.Frequency(
        (8, Gen.Byte.Array[0, 140]),
        (1, Gen.Byte.Array[65_530, 65_540]),
        (1, Gen.Byte.Array[2_000, 3_000]));

    private static readonly Gen<(WebSocketOpcode Opcode, byte[] Payload)> Controls =
        Gen.Select(Gen.OneOf(WebSocketOpcode.Ping, WebSocketOpcode.Pong), Gen.Byte.Array[0, 125]);

    /// <summary>A message: what it is, where it is cut into fragments, and the control frames that follow each fragment.</summary>
    private static readonly Gen<Message> Messages = Gen.Select(
        Gen.OneOf(
            Texts.Select(text => (WebSocketOpcode.Text, Encoding.UTF8.GetBytes(text))),
            Payloads.Select(payload => (WebSocketOpcode.Binary, payload))),
        Gen.Double[0, 1].Array[0, 4],
        Controls.Array[0, 2].Array[5],
        (content, cuts, controls) => new Message(content.Item1, content.Item2, cuts, controls));

    private static readonly Gen<(Message[] Messages, uint Seed, bool Masked)> Streams = Gen.Select(Messages.Array[0, 6], Gen.UInt, Gen.Bool);

    [Fact]
    public void Any_messages_in_any_fragments_cut_anywhere_are_read_as_they_were_sent() =>
        Gen.Select(Streams, Gen.Int[1, 2_000].Array[1, 30]).Sample((stream, sizes) =>
        {
            WebSocketRole reader = stream.Masked ? WebSocketRole.Server : WebSocketRole.Client;
            byte[] octets = Encode(stream.Messages, stream.Seed, stream.Masked, out string[] expected);
            byte[][] pieces = Cut(octets, sizes);
            Assert.Equal(expected, Reading.AsMemory(reader, Reading.Limit, pieces));
            Assert.Equal(expected, Reading.AsSequence(reader, Reading.Limit, pieces));
            Assert.Equal(expected, Reading.AsMemory(reader, Reading.Limit, [octets]));
        }, iter: 3_000);

    [Fact]
    public void Octets_changed_at_random_never_throw_or_stall_and_read_the_same_however_they_are_cut() =>
        Gen.Select(Streams, Gen.Int[1, 200].Array[1, 30], Gen.Select(Gen.Double[0, 1], Gen.Byte, Gen.Int[0, 2]).Array[1, 6]).Sample((stream, sizes, mutations) =>
        {
            WebSocketRole reader = stream.Masked ? WebSocketRole.Server : WebSocketRole.Client;
            var octets = Encode(stream.Messages, stream.Seed, stream.Masked, out _).ToList();
            foreach ((double where, byte value, int how) in mutations)
            {
                int at = (int)(where * Math.Min(octets.Count, 400));
                if (how == 0 || at >= octets.Count)
                {
                    octets.Insert(Math.Min(at, octets.Count), value);
                }
                else if (how == 1)
                {
                    octets[at] ^= value;
                }
                else
                {
                    octets.RemoveAt(at);
                }
            }

            Same(reader, [.. octets], sizes);
        }, iter: 3_000);

    [Fact]
    public void Random_octets_never_throw_or_stall_and_read_the_same_however_they_are_cut() =>
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Int[1, 40].Array[1, 30], Gen.Bool).Sample(
            (octets, sizes, client) => Same(client ? WebSocketRole.Client : WebSocketRole.Server, octets, sizes), iter: 10_000);

    private static void Same(WebSocketRole role, byte[] octets, int[] sizes)
    {
        const int Limit = 20_000;
        string[] whole = Reading.AsMemory(role, Limit, [octets]);
        byte[][] pieces = Cut(octets, sizes);
        Assert.Equal(whole, Reading.AsMemory(role, Limit, pieces));
        Assert.Equal(whole, Reading.AsSequence(role, Limit, pieces));

        // A close or a violation is the last thing found.
        Assert.DoesNotContain(whole.SkipLast(1), found => found.StartsWith("Close", StringComparison.Ordinal) || found.StartsWith("Violation", StringComparison.Ordinal));
    }

    private static byte[] Encode(Message[] messages, uint seed, bool masked, out string[] expected)
    {
        using var octets = new MemoryStream();
        var items = new List<string>();
        foreach (Message message in messages)
        {
            int[] ends = [.. message.Cuts.Select(cut => (int)(cut * message.Payload.Length)).Order(), message.Payload.Length];
            for (int i = 0, start = 0; i < ends.Length; start = ends[i++])
            {
                bool last = i == ends.Length - 1;
                Write(i == 0 ? message.Opcode : WebSocketOpcode.Continuation, last, message.Payload.AsSpan(start, ends[i] - start));
                if (last)
                {
                    items.Add($"{message.Opcode}: {Convert.ToHexString(message.Payload)}");
                }

                foreach ((WebSocketOpcode opcode, byte[] payload) in message.Controls[i])
                {
                    Write(opcode, fin: true, payload);
                    items.Add($"{opcode}: {Convert.ToHexString(payload)}");
                }
            }
        }

        expected = [.. items];
        return octets.ToArray();

        void Write(WebSocketOpcode opcode, bool fin, ReadOnlySpan<byte> payload)
        {
            byte[] frame = new byte[WebSocketFrameWriter.FrameLength(payload.Length, masked ? WebSocketRole.Client : WebSocketRole.Server)];
            seed = (seed * 1_664_525) + 1_013_904_223;
            int length = masked
                ? WebSocketFrameWriter.WriteMaskedFrame(frame, opcode, fin, payload, seed)
                : WebSocketFrameWriter.WriteFrame(frame, opcode, fin, payload);
            Assert.Equal(frame.Length, length);
            octets.Write(frame);
        }
    }

    private static byte[][] Cut(byte[] octets, int[] sizes)
    {
        var pieces = new List<byte[]>();
        for (int at = 0; at < octets.Length;)
        {
            int size = Math.Min(sizes[pieces.Count % sizes.Length], octets.Length - at);
            pieces.Add(octets[at..(at + size)]);
            at += size;
        }

        return [.. pieces];
    }

    private sealed record Message(WebSocketOpcode Opcode, byte[] Payload, double[] Cuts, (WebSocketOpcode Opcode, byte[] Payload)[][] Controls);
}
