using System.Text;
using CsCheck;
using Godwit.WebRtc.Transport;

namespace Godwit.WebRtc.Tests.Transport;

public sealed class ReliableOutletTests
{
    private static readonly string[] Characters = ["a", "ä", "€", "🙂", "\n"];

    [Fact]
    public void A_text_that_is_cut_anywhere_is_sent_up_to_its_last_whole_character() =>
        Gen.Select(Gen.Int[0, Characters.Length - 1].Select(static i => Characters[i]).Array[1, 20], Gen.Int[0, 80]).Sample((characters, cut) =>
        {
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(characters));
            cut = Math.Min(cut, text.Length);
            int whole = ReliableOutlet.WholeLength(text.AsSpan(0, cut));
            Assert.InRange(cut - whole, 0, 3);
            Assert.True(System.Text.Unicode.Utf8.IsValid(text.AsSpan(0, whole)));
            Assert.False(whole < cut && System.Text.Unicode.Utf8.IsValid(text.AsSpan(0, cut)));
        });
}
