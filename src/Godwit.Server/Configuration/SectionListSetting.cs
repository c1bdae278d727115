using System.Text.Json;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration;

/// <summary>A setting that is a list of objects, each with settings of its own.</summary>
internal sealed class SectionListSetting<TTarget, TItem>(string path, SettingTable<TItem> items, string description, Func<TTarget, IEnumerable<TItem>> get, Action<TTarget, IReadOnlyList<Placed<Assignments<TItem>>>> set)
    : Setting<TTarget>(path, description)
{
    public override bool IsList => true;

    public override string Rule => "a list of objects";

    public override string Placeholder => "LIST";

    public override IEnumerable<string> InnerNames => items.Names;

    public override Action<TTarget>? Read(SourceNode node, string path, List<Fault> faults)
    {
        if (!ListReading.IsList(node, path, 0, faults))
        {
            return null;
        }

        var sections = new List<Placed<Assignments<TItem>>>();
        for (int i = 0; i < node.Items.Count; i++)
        {
            string itemPath = $"{path}[{i}]";
            var section = new Assignments<TItem>(items);
            section.Add(node.Items[i], itemPath, faults);
            sections.Add(new Placed<Assignments<TItem>>(section, node.Items[i].Source, itemPath));
        }

        return target => set(target, sections);
    }

    public override string? Print(TTarget target) => null;

    public override bool CanWrite(TTarget target) => true;

    public override void WriteValue(Utf8JsonWriter json, TTarget target)
    {
        json.WriteStartArray();
        foreach (TItem item in get(target))
        {
            items.WriteValues(json, item);
        }

        json.WriteEndArray();
    }

    public override void WriteSchema(Utf8JsonWriter json, TTarget? defaults)
    {
        json.WriteString("description", Description);
        json.WriteString("type", "array");
        json.WriteStartObject("items");
        items.WriteSchema(json, default);
        json.WriteEndObject();
        json.WriteStartArray("default");
        json.WriteEndArray();
    }
}
