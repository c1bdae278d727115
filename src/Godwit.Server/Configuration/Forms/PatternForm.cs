using System.Text.Json;
using Godwit.Rooms;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Patterns of room names, of policies.</summary>
internal sealed class PatternForm : ValueForm<RoomPattern>
{
    public override string Rule => "1 to 200 of the characters of a room name, with * for one or more characters without a colon, ** for anything, and {user} for the name of any user";

    public override string Placeholder => "PATTERN";

    public override string? Parse(string text, out RoomPattern value)
    {
        value = RoomPattern.Everything;
        if (!RoomPattern.TryParse(text, out RoomPattern? pattern))
        {
            return $"{Fault.Quote(text)} is not a pattern of room names";
        }

        value = pattern;
        return null;
    }

    public override string Print(RoomPattern value) => value.ToString();

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", "^[A-Za-z0-9_.~:@*{}-]{1,200}$");
    }
}
