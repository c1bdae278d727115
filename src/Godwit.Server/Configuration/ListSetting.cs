using System.Text.Json;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration;

/// <summary>A setting that is a list of simple values. A source that names it replaces the whole list of the sources below it.</summary>
internal sealed class ListSetting<TTarget, TValue>(string path, ValueForm<TValue> form, string description, Func<TTarget, IReadOnlyList<TValue>> get, Action<TTarget, IReadOnlyList<Placed<TValue>>> set)
    : Setting<TTarget>(path, description)
{
    public override bool IsList => true;

    public override string Rule => $"a list, each item {form.Rule}";

    public override string Placeholder => form.Placeholder;

    public override IEnumerable<string> InnerNames => form.InnerNames;

    /// <summary>The fewest items that a source may give.</summary>
    public int Least { get; init; } = 1;

    /// <summary>The most items.</summary>
    public int? Most { get; init; }

    public override Action<TTarget>? Read(SourceNode node, string path, List<Fault> faults)
    {
        if (!ListReading.IsList(node, path, Least, faults))
        {
            return null;
        }

        if (node.Items.Count > Most)
        {
            faults.Add(new Fault(node.Source, path, $"it has {node.Items.Count} items", $"it takes up to {Most}"));
            return null;
        }

        var values = new List<Placed<TValue>>();
        for (int i = 0; i < node.Items.Count; i++)
        {
            if (form.TryRead(node.Items[i], $"{path}[{i}]", faults, out TValue? value))
            {
                values.Add(new Placed<TValue>(value, node.Items[i].Source, $"{path}[{i}]"));
            }
        }

        return values.Count == node.Items.Count ? target => set(target, values) : null;
    }

    public override string? Print(TTarget target) => get(target) is { Count: > 0 } values ? string.Join(' ', values.Select(form.Print)) : null;

    public override bool CanWrite(TTarget target) => get(target).All(form.CanWrite);

    public override void WriteValue(Utf8JsonWriter json, TTarget target)
    {
        json.WriteStartArray();
        foreach (TValue value in get(target))
        {
            form.WriteValue(json, value);
        }

        json.WriteEndArray();
    }

    public override void WriteSchema(Utf8JsonWriter json, TTarget? defaults)
    {
        json.WriteString("description", $"{Description} Each takes {form.Rule}.");
        json.WriteString("type", "array");
        if (Least > 0)
        {
            json.WriteNumber("minItems", Least);
        }

        if (Most is int most)
        {
            json.WriteNumber("maxItems", most);
        }

        json.WriteStartObject("items");
        form.WriteSchema(json);
        json.WriteEndObject();
        if (defaults is not null)
        {
            json.WriteStartArray("default");
            foreach (TValue value in get(defaults))
            {
                form.WriteValue(json, value);
            }

            json.WriteEndArray();
        }
    }
}

/// <summary>A value, and where it was set.</summary>
/// <param name="Value">The value.</param>
/// <param name="Source">Where it stands.</param>
/// <param name="Path">Its full path.</param>
internal sealed record Placed<TValue>(TValue Value, string Source, string Path);
