using CsCheck;

namespace Godwit.Protocol.Tests;

public class EventNameTests
{
    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-";

    [Fact]
    public void Any_name_of_the_allowed_characters_is_taken() =>
        Gen.Char[Characters].Array[1, EventName.MaxLength].Select(characters => new string(characters))
            .Where(text => text is not ("godwit" or "error" or "open"))
            .Sample(text => Assert.Null(EventName.Check(text)));

    [Fact]
    public void Every_other_character_is_refused_wherever_it_stands()
    {
        for (int character = 0; character <= char.MaxValue; character++)
        {
            ErrorCode? expected = Characters.Contains((char)character, StringComparison.Ordinal) ? null : ErrorCode.EventInvalid;
            Assert.Same(expected, EventName.Check([(char)character, 'b']));
            Assert.Same(expected, EventName.Check(['a', (char)character]));
        }
    }

    [Fact]
    public void A_name_has_1_to_64_characters()
    {
        Assert.Same(ErrorCode.EventInvalid, EventName.Check(""));
        Assert.Null(EventName.Check("a"));
        Assert.Null(EventName.Check(new string('a', 64)));
        Assert.Same(ErrorCode.EventInvalid, EventName.Check(new string('a', 65)));
    }

    [Theory]
    [InlineData("godwit")]
    [InlineData("error")]
    [InlineData("open")]
    public void What_an_EventSource_could_not_tell_apart_is_reserved(string name) => Assert.Same(ErrorCode.EventReserved, EventName.Check(name));

    [Theory]
    [InlineData(EventName.Default)]
    [InlineData("Godwit")]
    [InlineData("errors")]
    [InlineData("open:door")]
    public void What_only_resembles_a_reserved_name_is_taken(string name) => Assert.Null(EventName.Check(name));
}
