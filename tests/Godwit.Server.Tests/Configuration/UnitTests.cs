using CsCheck;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Tests.Configuration;

public class UnitTests
{
    private static readonly DurationForm Durations = new(new(TimeSpan.Zero, TimeSpan.FromDays(10_000)));
    private static readonly SizeForm Sizes = new(new(0, long.MaxValue));

    [Fact]
    public void Every_duration_reads_back_as_it_was_printed()
    {
        Gen.Long[0, (long)TimeSpan.FromDays(10_000).TotalMilliseconds].Select(Gen.Int[0, 3], (ms, coarse) => Coarse(ms, [1, 1000, 60_000, 3_600_000], coarse))
            .Sample(ms =>
            {
                TimeSpan duration = TimeSpan.FromMilliseconds(ms);
                return Durations.Parse(Durations.Print(duration), out TimeSpan read) is null && read == duration;
            });
    }

    [Fact]
    public void Every_size_reads_back_as_it_was_printed()
    {
        Gen.Long[0, long.MaxValue].Select(Gen.Int[0, 3], (size, coarse) => Coarse(size, [1, 1 << 10, 1 << 20, 1 << 30], coarse))
            .Sample(size => Sizes.Parse(Sizes.Print(size), out long read) is null && read == size);
    }

    [Fact]
    public void No_text_makes_the_parsers_throw()
    {
        Gen.String[Gen.Char["0123456789.-+ emsdhKMGTiBx"], 0, 24].Sample(text =>
        {
            Durations.Parse(text, out _);
            Sizes.Parse(text, out _);
            new CountForm(new(0, 10)).Parse(text, out _);
        });
    }

    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("25s", 25_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    [InlineData("2d", 172_800_000)]
    public void A_duration_is_a_whole_number_with_its_unit(string text, long milliseconds)
    {
        Assert.Null(Durations.Parse(text, out TimeSpan duration));
        Assert.Equal(milliseconds, (long)duration.TotalMilliseconds);
        Assert.Equal(text, Durations.Print(duration));
    }

    [Theory]
    [InlineData("512B", 512)]
    [InlineData("64KiB", 65_536)]
    [InlineData("4MiB", 4_194_304)]
    [InlineData("1GiB", 1_073_741_824)]
    [InlineData("3TiB", 3_298_534_883_328)]
    public void A_size_is_a_whole_number_with_its_unit(string text, long octets)
    {
        Assert.Null(Sizes.Parse(text, out long size));
        Assert.Equal(octets, size);
        Assert.Equal(text, Sizes.Print(size));
    }

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("5")]
    [InlineData("5 s")]
    [InlineData("1.5h")]
    [InlineData("-1s")]
    [InlineData("5S")]
    [InlineData("5sec")]
    [InlineData("1h30m")]
    [InlineData("99999999999999999999s")]
    [InlineData("9223372036854775807d")]
    public void Other_texts_are_not_durations(string text) => Assert.NotNull(Durations.Parse(text, out _));

    [Theory]
    [InlineData("")]
    [InlineData("64")]
    [InlineData("64KB")]
    [InlineData("64kib")]
    [InlineData("64 KiB")]
    [InlineData("1.5MiB")]
    [InlineData("9223372036854775807KiB")]
    public void Other_texts_are_not_sizes(string text) => Assert.NotNull(Sizes.Parse(text, out _));

    private static long Coarse(long value, long[] units, int unit) => value / units[unit] * units[unit];
}
