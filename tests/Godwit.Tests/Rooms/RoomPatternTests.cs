using System.Text.RegularExpressions;
using CsCheck;
using Godwit.Rooms;

namespace Godwit.Tests.Rooms;

public sealed class RoomPatternTests
{
    [Theory]
    [InlineData("chat:lobby", "chat:lobby", true)]
    [InlineData("chat:lobby", "chat:lobby2", false)]
    [InlineData("chat:lobby", "chat:Lobby", false)]
    [InlineData("chat:lobby", "chat:lobb", false)]
    [InlineData("chat:*", "chat:lobby", true)]
    [InlineData("chat:*", "chat:a:b", false)]
    [InlineData("chat:*", "chat:", false)]
    [InlineData("chat:*", "chat", false)]
    [InlineData("chat:**", "chat:a:b", true)]
    [InlineData("chat:**", "chat:", true)]
    [InlineData("chat:**", "chat", false)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a:b", false)]
    [InlineData("**", "a:b:c", true)]
    [InlineData("**:b", "a:x:b", true)]
    [InlineData("**:b", "b", false)]
    [InlineData("*:*", "a:b", true)]
    [InlineData("*:*", ":b", false)]
    [InlineData("a*c", "abc", true)]
    [InlineData("a*c", "ac", false)]
    [InlineData("a*c", "acc", true)]
    [InlineData("a**c", "ac", true)]
    [InlineData("a.c", "abc", false)]
    public void A_name_matches_or_not(string pattern, string room, bool matches) =>
        Assert.Equal(matches, RoomPattern.Parse(pattern).Matches(room));

    [Theory]
    [InlineData("user:{user}", "user:ann", "ann", true)]
    [InlineData("user:{user}", "user:ann", "bob", false)]
    [InlineData("user:{user}", "user:ann", "an", false)]
    [InlineData("user:{user}", "user:ann", null, false)]
    [InlineData("user:{user}", "user:", "", false)]
    [InlineData("user:{user}:*", "user:ann:inbox", "ann", true)]
    [InlineData("user:{user}", "user:b", "*", false)]
    [InlineData("{user}{user}", "annann", "ann", true)]
    public void The_users_place_is_taken_by_the_subject_and_nothing_else(string pattern, string room, string? user, bool matches) =>
        Assert.Equal(matches, RoomPattern.Parse(pattern).Matches(room, user));

    [Theory]
    [InlineData("")]
    [InlineData("***")]
    [InlineData("a/b")]
    [InlineData("{usr}")]
    [InlineData("{user")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a?")]
    public void A_text_with_other_characters_is_no_pattern(string text)
    {
        Assert.False(RoomPattern.TryParse(text, out _));
        Assert.Throws<ArgumentException>(() => RoomPattern.Parse(text));
    }

    [Fact]
    public void A_pattern_is_at_most_200_characters()
    {
        Assert.True(RoomPattern.TryParse(new string('a', 200), out _));
        Assert.False(RoomPattern.TryParse(new string('a', 201), out _));
        Assert.False(RoomPattern.TryParse(null, out _));
    }

    [Fact]
    public void The_text_of_a_pattern_is_what_it_was_made_of() =>
        Assert.Equal("a:*:{user}:**", RoomPattern.Parse("a:*:{user}:**").ToString());

    [Fact]
    public void Many_wildcards_and_a_name_that_almost_matches_end_soon()
    {
        // Trying every way of dividing the name would not end in a lifetime.
        RoomPattern pattern = RoomPattern.Parse(string.Concat(Enumerable.Repeat("**a", 66)) + "b");
        Assert.False(pattern.Matches(new string('a', 200)));
        Assert.True(pattern.Matches(new string('a', 199) + "b"));
    }

    [Fact]
    public void Matching_agrees_with_the_regular_expression_of_the_same_meaning()
    {
        Gen<string> parts = Gen.OneOf(new[] { "a", "b", ":", "*", "**", "{user}" }.Select(Gen.Const).ToArray());
        Gen<string> names = Gen.String[Gen.Char["aab:"], 0, 12];
        Gen.Select(parts.Array[1, 8], names, Gen.OneOf(new[] { "a", "ab", ":" }.Select(Gen.Const).ToArray())).Sample((pattern, name, user) =>
        {
            string text = string.Concat(pattern);
            if (RoomPattern.TryParse(text, out RoomPattern? made))
            {
                string regex = Regex.Replace(text, @"\*\*|\*|\{user\}", part => part.Value switch { "**" => ".*", "*" => "[^:]+", _ => user });
                Assert.Equal(Regex.IsMatch(name, $"^{regex}$", RegexOptions.NonBacktracking), made.Matches(name, user));
            }
            else
            {
                Assert.Contains("***", text, StringComparison.Ordinal);
            }
        }, iter: 20_000);
    }
}
