using System.Text;
using CsCheck;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Tests.DataChannels;
using Godwit.WebRtc.Transport;

namespace Godwit.WebRtc.Tests.Transport;

public sealed class ChannelOutletTests
{
    [Fact]
    public void A_client_far_away_with_a_large_window_is_sent_all_of_it_and_never_too_much_at_once()
    {
        var roomy = new ChannelOptions { Sctp = new SctpOptions { ReceiveBuffer = 16 << 20 } };
        SimulatedLink link = SimulatedPeer.Connect(new LinkWeather(5, Delay: 200), new ChannelOptions(), roomy);
        DataChannel channel = link.One.Open("reliable");
        channel.LowWaterMark = ChannelOutlet.Low;
        byte[] message = new byte[16 << 10];
        int sent = 0;
        int mostHeld = 0;
        bool mustWait = false;
        link.One.OnBufferedLowDo = _ => mustWait = false;

        // Slowly enough that next to nothing waits to be sent, and faster than acknowledgements come back.
        for (int i = 0; i < 6_000; i++)
        {
            link.Run(4);
            if (!mustWait)
            {
                Assert.Equal(SendResult.Sent, channel.Send(MessageKind.Text, message, link.Now));
                sent++;
                mustWait = ChannelOutlet.MustWait(channel);
                mostHeld = Math.Max(mostHeld, link.One.Endpoint.Association.Buffered);
            }
        }

        link.RunUntil(() => link.Other.Messages.Count == sent);

        // The path was filled with more than half of what is held at most, or nothing would be shown.
        Assert.True(mostHeld > 512 << 10, $"{mostHeld} octets were held.");
    }

    private static readonly string[] Characters = ["a", "ä", "€", "🙂", "\n"];

    [Fact]
    public void A_text_that_is_cut_anywhere_is_sent_up_to_its_last_whole_character() =>
        Gen.Select(Gen.Int[0, Characters.Length - 1].Select(static i => Characters[i]).Array[1, 20], Gen.Int[0, 80]).Sample((characters, cut) =>
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(characters));
            cut = Math.Min(cut, text.Length);
            int whole = ChannelOutlet.WholeLength(text.AsSpan(0, cut));
            Assert.InRange(cut - whole, 0, 3);
            Assert.True(System.Text.Unicode.Utf8.IsValid(text.AsSpan(0, whole)));
            Assert.False(whole < cut && System.Text.Unicode.Utf8.IsValid(text.AsSpan(0, cut)));
        });
}
