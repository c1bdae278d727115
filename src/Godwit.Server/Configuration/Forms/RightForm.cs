using System.Text.Json;
using Godwit.Access;

namespace Godwit.Server.Configuration.Forms;

/// <summary>A right in a room.</summary>
internal sealed class RightForm : ValueForm<Rights>
{
    public override string Rule => $"one of {RightNames.Rule}";

    public override string Placeholder => "RIGHT";

    public override string? Parse(string text, out Rights value)
    {
        value = RightNames.Find(text);
        return value == Rights.None ? $"{Fault.Quote(text)} is no right" : null;
    }

    public override string Print(Rights value) => RightNames.Of(value).Single();

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartArray("enum");
        foreach ((string name, _) in RightNames.All)
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
    }
}
