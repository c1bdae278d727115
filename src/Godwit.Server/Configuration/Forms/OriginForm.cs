using System.Text.Json;
using Godwit.AspNetCore.Access.Origins;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Origins of web pages, singly or by one label of the host.</summary>
internal sealed class OriginForm : ValueForm<OriginPattern>
{
    public override string Rule => OriginPattern.Rule;

    public override string Placeholder => "ORIGIN";

    public override string? Parse(string text, out OriginPattern value)
    {
        string? wrong = OriginPattern.Parse(text, out OriginPattern? pattern);
        value = pattern!;
        return wrong is null ? null : $"{Fault.Quote(text)} {wrong}";
    }

    public override string Print(OriginPattern value) => value.ToString();

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", @"^(null|[A-Za-z][A-Za-z0-9+.-]*://(\*\.)?([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?)$");
    }
}
