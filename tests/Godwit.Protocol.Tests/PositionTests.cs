using System.Text;
using CsCheck;

namespace Godwit.Protocol.Tests;

public class PositionTests
{
    private const string E = "3kQ9xLm0aZ_";

    private static readonly Gen<Position> Positions = Gen.Select(
        Gen.ULong.Where(value => value != 0),
        Gen.OneOf(Gen.Long[0, Position.MaxOffset], Gen.Long[0, 20], Gen.Const(Position.MaxOffset)),
        Gen.UInt,
        (epoch, offset, mark) => new Position(new Epoch(epoch), offset, mark));

    [Fact]
    public void Any_position_comes_back_from_its_text() =>
        Positions.Sample(position =>
        {
            string text = position.ToString();
            Assert.InRange(text.Length, 1, Position.MaxTextLength);
            Assert.True(Position.TryParse(text, out Position parsed));
            Assert.Equal(position, parsed);

            byte[] octets = new byte[Position.MaxTextLength];
            Assert.Equal(text, Encoding.ASCII.GetString(octets, 0, position.WriteUtf8(octets)));
        });

    [Fact]
    public void A_text_that_is_taken_is_the_one_text_of_its_position() =>
        Gen.Select(Positions, Gen.Double[0, 1], Gen.Char["0123456789AGZaz_~-.+ "]).Sample((position, where, character) =>
        {
            char[] changed = position.ToString().ToCharArray();
            changed[(int)(where * (changed.Length - 1))] = character;
            string text = new(changed);
            if (Position.TryParse(text, out Position parsed))
            {
                Assert.Equal(text, parsed.ToString());
            }
        });

    [Fact]
    public void A_text_needs_no_escaping_in_a_URL_a_header_or_an_event() =>
        Positions.Sample(position => Assert.Matches("^[A-Za-z0-9_~-]+$", position.ToString()));

    [Theory]
    [InlineData(0, 0u, "-0-000000")]
    [InlineData(42, 1u, "-42-000001")]
    [InlineData(Position.MaxOffset, uint.MaxValue, "-9007199254740991-3~~~~~")]
    public void The_text_is_epoch_offset_mark(long offset, uint mark, string end)
    {
        Assert.True(Epoch.TryParse(E, out Epoch epoch));
        Assert.Equal(E + end, new Position(epoch, offset, mark).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("now")]
    [InlineData("start")]
    [InlineData("42")]
    [InlineData(E)]
    [InlineData(E + "-42\0-000001")]
    [InlineData(E + "-42")]
    [InlineData(E + "-42-")]
    [InlineData(E + "--03fK9a")]
    [InlineData(E + "-42-03fK9")]
    [InlineData(E + "-42-003fK9a")]
    [InlineData(E + "-42-03fK9-")]
    [InlineData(E + "-42-40fK9a")]
    [InlineData(E + "-42-~~~~~~")]
    [InlineData(E + "-042-03fK9a")]
    [InlineData(E + "-00-03fK9a")]
    [InlineData(E + "--1-03fK9a")]
    [InlineData(E + "-+1-03fK9a")]
    [InlineData(E + "- 1-03fK9a")]
    [InlineData(E + "-1 -03fK9a")]
    [InlineData(E + "-1.0-03fK9a")]
    [InlineData(E + "-1e3-03fK9a")]
    [InlineData(E + "-4\u0662-03fK9a")]
    [InlineData(E + "-9007199254740992-03fK9a")]
    [InlineData(E + "-9999999999999999-03fK9a")]
    [InlineData(E + "-10000000000000000-03fK9a")]
    [InlineData(E + "_42-03fK9a")]
    [InlineData(E + "-42_03fK9a")]
    [InlineData("00000000000-42-03fK9a")]
    [InlineData("G0000000000-42-03fK9a")]
    [InlineData(" " + E + "-42-03fK9a")]
    [InlineData(E + "-42-03fK9a ")]
    public void What_is_not_the_text_of_a_position_is_refused(string text)
    {
        Assert.False(Position.TryParse(text, out Position position));
        Assert.Equal(default, position);
    }
}
