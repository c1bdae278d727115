using CsCheck;

namespace Godwit.Protocol.Tests;

public class RoomNameTests
{
    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~:@-";

    [Fact]
    public void Any_name_of_the_allowed_characters_comes_back_as_it_is() =>
        Gen.Char[Characters].Array[1, RoomName.MaxLength].Select(characters => new string(characters)).Where(text => text is not ("." or "..")).Sample(text =>
        {
            Assert.True(RoomName.TryParse(text, out RoomName name));
            Assert.Equal(text, name.ToString());
            Assert.Equal(name, RoomName.Parse(text));
        });

    [Fact]
    public void Every_other_character_is_refused_wherever_it_stands()
    {
        for (int character = 0; character <= char.MaxValue; character++)
        {
            bool allowed = Characters.Contains((char)character, StringComparison.Ordinal);
            Assert.Equal(allowed, RoomName.TryParse($"{(char)character}b", out _));
            Assert.Equal(allowed, RoomName.TryParse($"a{(char)character}", out _));
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a%2Fb")]
    [InlineData("a b")]
    [InlineData("räume")]
    public void What_is_not_a_name_is_refused(string? text)
    {
        Assert.False(RoomName.TryParse(text, out RoomName name));
        Assert.Equal(default, name);
        Assert.Equal("", name.ToString());
        ArgumentException refused = Assert.Throws<ArgumentException>(() => RoomName.Parse(text!));
        Assert.StartsWith(RoomName.Rule, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_has_at_most_200_characters()
    {
        Assert.True(RoomName.TryParse(new string('a', 200), out _));
        Assert.False(RoomName.TryParse(new string('a', 201), out _));
    }

    [Theory]
    [InlineData("...")]
    [InlineData(".a")]
    [InlineData("a..")]
    [InlineData(":")]
    [InlineData("chat:lobby:1")]
    public void Dots_and_colons_are_otherwise_characters_like_others(string text) => Assert.True(RoomName.TryParse(text, out _));

    [Fact]
    public void Names_are_compared_octet_by_octet()
    {
        RoomName lower = RoomName.Parse("lobby");
        RoomName upper = RoomName.Parse("Lobby");
        RoomName again = RoomName.Parse(new string("lobby"));
        Assert.True(lower == again);
        Assert.True(lower != upper);
        Assert.False(lower.Equals((object)upper));
        Assert.False(lower.Equals("lobby"));
        Assert.Equal(lower.GetHashCode(), again.GetHashCode());
        Assert.Equal(0, default(RoomName).GetHashCode());
    }
}
