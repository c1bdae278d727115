using CsCheck;

namespace Godwit.Protocol.Tests;

public class EpochTests
{
    [Fact]
    public void Any_epoch_comes_back_from_its_text() =>
        Gen.ULong.Where(value => value != 0).Sample(value =>
        {
            var epoch = new Epoch(value);
            string text = epoch.ToString();
            Assert.Equal(Epoch.TextLength, text.Length);
            Assert.True(Epoch.TryParse(text, out Epoch parsed));
            Assert.Equal(epoch, parsed);
        });

    [Theory]
    [InlineData(1UL, "00000000001")]
    [InlineData(63UL, "0000000000~")]
    [InlineData(64UL, "00000000010")]
    [InlineData(ulong.MaxValue, "F~~~~~~~~~~")]
    public void The_text_is_eleven_digits_of_64_most_significant_first(ulong value, string text)
    {
        Assert.Equal(text, new Epoch(value).ToString());
        Assert.True(Epoch.TryParse(text, out Epoch parsed));
        Assert.Equal(value, parsed.Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("0000000001")]
    [InlineData("000000000001")]
    [InlineData("00000000000")]
    [InlineData("G0000000000")]
    [InlineData("~~~~~~~~~~~")]
    [InlineData("0000000000-")]
    [InlineData("0000000000.")]
    [InlineData("0000000000+")]
    [InlineData("0000000000 ")]
    [InlineData(" 0000000001")]
    [InlineData("0000000000é")]
    [InlineData("0000000000\u0131")]
    public void What_is_not_the_text_of_an_epoch_is_refused(string text)
    {
        Assert.False(Epoch.TryParse(text, out Epoch epoch));
        Assert.Equal(default, epoch);
    }

    [Fact]
    public void A_new_epoch_is_one_and_another_each_time()
    {
        var drawn = Enumerable.Range(0, 100).Select(_ => Epoch.New()).ToHashSet();
        Assert.Equal(100, drawn.Count);
        Assert.DoesNotContain(default, drawn);
    }

    [Fact]
    public void A_destination_that_is_too_short_is_refused() =>
        Assert.ThrowsAny<ArgumentException>(() => new Epoch(1).WriteUtf8(new byte[Epoch.TextLength - 1]));
}
