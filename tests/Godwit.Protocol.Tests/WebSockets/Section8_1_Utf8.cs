using System.Text;
using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section8_1_Utf8
{
    private const string Violation = "Violation 1007: A text message is not UTF-8.";

    /// <summary>Octets that are not UTF-8, and how many of them there are when no continuation can make them so (0: only the end does).</summary>
    public static TheoryData<string, int> Wrong => new()
    {
        { "80", 1 }, { "BF", 1 }, { "8080", 1 }, { "4180", 2 },             // continuations without a lead
        { "C0AF", 1 }, { "C1BF", 1 },                                       // overlong, two octets
        { "E08080", 2 }, { "E09FBF", 2 }, { "E080AF", 2 },                  // overlong, three octets
        { "F0808080", 2 }, { "F08FBFBF", 2 }, { "F08080AF", 2 },            // overlong, four octets
        { "EDA080", 2 }, { "EDAFBF", 2 }, { "EDBFBF", 2 },                  // surrogates
        { "EDA080EDB080", 2 }, { "CEBAE1BDB9CF83CEBCCEB5EDA080656469746564", 13 },
        { "F4908080", 2 }, { "F5808080", 1 }, { "F888808080", 1 },          // above U+10FFFF, and leads that never were
        { "FC8480808080", 1 }, { "FE", 1 }, { "FF", 1 }, { "FEFEFFFF", 1 },
        { "C32873", 2 }, { "E28228", 3 }, { "F0908D28", 4 }, { "C3C3", 2 }, // a character cut by another
        { "E1E1", 2 }, { "F1F1", 2 }, { "F19090C3", 4 }, { "E0A0C3", 3 }, { "F4C0", 2 },
        { "C3", 0 }, { "E1", 0 }, { "E1BD", 0 }, { "E0A0", 0 }, { "ED9F", 0 }, { "F0", 0 },
        { "F090", 0 }, { "F0908D", 0 }, { "F48FBF", 0 }, { "F1", 0 }, { "CEBACE", 0 }, // truncated at the end
    };

    [Theory]
    [InlineData("")]
    [InlineData("Hello-µ@ßöäüàá-UTF-8!!")]
    [InlineData("κόσμε")]
    [InlineData("\0\u007F\u0080\u07FF\u0800\uFFFD\uFFFE\uFFFF\uD7FF\uE000")]
    [InlineData("\U00010000\U0001FFFE\U0001FFFF\U0010FFFF")]
    [InlineData("\U000E0001\uFEFF\uFDD0")]
    public void Every_kind_of_character_is_taken_wherever_it_is_cut(string text)
    {
        byte[] octets = RawFrame.Utf8(text);
        Assert.Equal([Reading.Text(text)], Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, octets)));
        for (int cut = 0; cut <= octets.Length; cut++)
        {
            Assert.Equal(
                [Reading.Ping(), Reading.Text(text)],
                Reading.ByServer(
                    RawFrame.Masked(RawFrame.Text, octets[..cut]),
                    RawFrame.Masked(RawFrame.Fin | RawFrame.Ping),
                    RawFrame.Masked(RawFrame.Fin, octets[cut..])));
        }
    }

    [Fact]
    public void A_text_with_a_fragment_an_octet_is_taken()
    {
        byte[] octets = RawFrame.Utf8("κόσμε 𐍈");
        byte[][] frames = [.. octets.Select((octet, i) => RawFrame.Masked(i == 0 ? RawFrame.Text : i == octets.Length - 1 ? RawFrame.Fin : 0, octet))];
        Assert.Equal([Reading.Text("κόσμε 𐍈")], Reading.ByServer(frames));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Text_that_is_not_UTF_8_is_a_violation_wherever_it_is_cut(string hexadecimal, int _)
    {
        byte[] octets = Convert.FromHexString(hexadecimal);
        Assert.Equal([Violation], Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, octets)));
        Assert.Equal([Violation], Reading.ByClient(RawFrame.Unmasked(RawFrame.Fin | RawFrame.Text, octets)));
        for (int cut = 0; cut <= octets.Length; cut++)
        {
            Assert.Equal(
                [Violation],
                Reading.ByServer(RawFrame.Masked(RawFrame.Text, octets[..cut]), RawFrame.Masked(RawFrame.Fin, octets[cut..])));
        }
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void The_first_octet_that_cannot_be_UTF_8_is_the_last_one_taken(string hexadecimal, int taken)
    {
        byte[] octets = Convert.FromHexString(hexadecimal);
        byte[] frame = Reading.Concat(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, octets));
        int header = frame.Length - octets.Length;
        Assert.Equal(header + (taken == 0 ? octets.Length : taken), Reading.OctetsUntilViolation(frame));

        // The same in the middle of a long frame: it is not read to its end first.
        byte[] longer = RawFrame.Masked(RawFrame.Text, [.. new byte[1000], .. octets, .. new byte[1000]]);
        Assert.Equal(8 + 1000 + (taken == 0 ? octets.Length + 1 : taken), Reading.OctetsUntilViolation(longer));
    }

    [Fact]
    public void A_wrong_octet_ends_reading_in_the_piece_that_brings_it()
    {
        using var reader = new WebSocketReader(WebSocketRole.Server, Reading.Limit);
        byte[] frame = RawFrame.Masked(RawFrame.Fin | RawFrame.Text, [.. RawFrame.Utf8("κόσμε"), 0xF4, 0x90, .. new byte[200_000]]);
        Memory<byte> piece = frame.AsMemory(0, 14 + 10 + 1);
        Assert.False(reader.TryRead(ref piece, out _));
        piece = frame.AsMemory(14 + 10 + 1, 1);
        Assert.True(reader.TryRead(ref piece, out WebSocketReceived received));
        Assert.Equal(WebSocketCloseCode.InvalidPayload, received.CloseCode);
    }

    [Fact]
    public void A_truncated_character_does_not_leak_into_the_next_message_or_past_an_empty_fragment()
    {
        Assert.Equal([Violation], Reading.ByServer(RawFrame.Masked(RawFrame.Text, 0xC3), RawFrame.Masked(RawFrame.Fin)));
        Assert.Equal(
            [Violation],
            Reading.ByServer(RawFrame.Masked(RawFrame.Fin | RawFrame.Text, 0xC3), RawFrame.Masked(RawFrame.Fin | RawFrame.Text, 0xA9)));
        Assert.Equal(
            [Reading.Text("é")],
            Reading.ByServer(RawFrame.Masked(RawFrame.Text, 0xC3), RawFrame.Masked(RawFrame.Continuation), RawFrame.Masked(RawFrame.Fin, 0xA9)));
    }

    [Fact]
    public void Binary_messages_pings_and_pongs_need_not_be_UTF_8() =>
        Assert.Equal(
            [Reading.Binary(0xFF, 0xC3), Reading.Ping(0xFF), Reading.Pong(0xC3), Reading.Text("é"), Reading.Ping(0xFF)],
            Reading.ByServer(
                RawFrame.Masked(RawFrame.Fin | RawFrame.Binary, 0xFF, 0xC3),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, 0xFF),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Pong, 0xC3),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("é")),
                RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, 0xFF)));

    [Fact]
    public void Every_combination_of_the_classes_of_octets_is_judged_as_a_strict_decoder_does()
    {
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);

        // One octet of each class of RFC 3629's grammar; every combination of four, cut at every place.
        byte[] classes = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF1, 0xF4, 0xF5, 0xFF];
        byte[] octets = new byte[4];
        for (int n = 0; n < 20 * 20 * 20 * 20; n++)
        {
            octets[0] = classes[n / 8000];
            octets[1] = classes[n / 400 % 20];
            octets[2] = classes[n / 20 % 20];
            octets[3] = classes[n % 20];
            bool expected = System.Text.Unicode.Utf8.IsValid(octets);
            for (int cut = 0; cut <= 4; cut++)
            {
                Assert.Equal(expected, Judge(octets.AsSpan(0, cut), octets.AsSpan(cut)));
            }

            if (n % 977 == 0)
            {
                Assert.Equal(expected, Record.Exception(() => strict.GetCharCount(octets)) is null);
            }
        }

        static bool Judge(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
        {
            var check = default(Utf8Check);
            return check.Take(first) && check.Take(second) && check.Complete;
        }
    }
}
