using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Access;
using Godwit.Rooms;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Grants: an object of room patterns, each with a list of rights.</summary>
internal sealed class GrantsForm : ValueForm<Grants>
{
    private static readonly RightForm Right = new();

    public override string Rule => "an object of room patterns, each with a list of rights: read, publish, presence, history";

    public override string Placeholder => "GRANTS";

    public override SourceKind Kind => SourceKind.Object;

    public override bool TryRead(SourceNode node, string path, List<Fault> faults, [NotNullWhen(true)] out Grants? value)
    {
        value = null;
        if (node.Kind != SourceKind.Object)
        {
            faults.Add(new Fault(node.Source, path, $"{ValueReading.Article(node.Kind)} stands here", $"it takes {Rule}"));
            return false;
        }

        if (node.Members.Count > Grants.MaxPatterns)
        {
            faults.Add(new Fault(node.Source, path, $"it has {node.Members.Count} patterns", $"it takes up to {Grants.MaxPatterns}"));
            return false;
        }

        int before = faults.Count;
        var grants = new List<Grant>();
        foreach ((string name, SourceNode rights) in node.Members)
        {
            string full = $"{path}.{Fault.Shown(name)}";
            if (!RoomPattern.TryParse(name, out RoomPattern? pattern))
            {
                faults.Add(new Fault(rights.Source, full, $"{Fault.Quote(name)} is not a pattern of room names", RoomPattern.Rule));
            }
            else if (ListReading.IsList(rights, full, 0, faults))
            {
                Rights all = Rights.None;
                for (int i = 0; i < rights.Items.Count; i++)
                {
                    all |= Right.TryRead(rights.Items[i], $"{full}[{i}]", faults, out Rights right) ? right : Rights.None;
                }

                grants.Add(new Grant(pattern, all));
            }
        }

        value = faults.Count == before ? new Grants(grants) : null;
        return value is not null;
    }

    public override string? Parse(string text, out Grants value)
    {
        value = Grants.None;
        return "it is an object";
    }

    public override string Print(Grants value) =>
        value.Items.Count == 0 ? "none" : string.Join(' ', value.Items.Select(static grant => $"{grant.Rooms}={string.Join(',', RightNames.Of(grant.Rights))}"));

    public override void WriteValue(Utf8JsonWriter json, Grants value) => value.WriteTo(json);

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "object");
        json.WriteNumber("maxProperties", Grants.MaxPatterns);
        json.WriteStartObject("additionalProperties");
        json.WriteString("type", "array");
        json.WriteStartObject("items");
        Right.WriteSchema(json);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
