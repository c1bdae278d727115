using System.Text.Json;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration;

/// <summary>A setting with one simple value.</summary>
/// <param name="path">Its name in the file.</param>
/// <param name="form">How its values are written.</param>
/// <param name="description">What it means.</param>
/// <param name="get">The value of a target; null where a target has none.</param>
/// <param name="set">Gives a target a value.</param>
internal sealed class ValueSetting<TTarget, TValue>(string path, ValueForm<TValue> form, string description, Func<TTarget, object?> get, Action<TTarget, TValue> set)
    : Setting<TTarget>(path, description)
{
    public override bool IsSwitch => form.Kind == SourceKind.Switch;

    public override string Rule => form.Rule;

    public override string Placeholder => form.Placeholder;

    public override Action<TTarget>? Read(SourceNode node, string path, List<Fault> faults)
    {
        if (!form.TryRead(node, path, faults, out TValue? value))
        {
            return null;
        }

        return target => set(target, value);
    }

    public override string? Print(TTarget target) => get(target) is TValue value ? form.Print(value) : null;

    public override bool CanWrite(TTarget target) => get(target) is TValue value && form.CanWrite(value);

    public override void WriteValue(Utf8JsonWriter json, TTarget target) => form.WriteValue(json, (TValue)get(target)!);

    public override void WriteSchema(Utf8JsonWriter json, TTarget? defaults)
    {
        json.WriteString("description", $"{Description} Takes {form.Rule}.");
        form.WriteSchema(json);
        if (defaults is not null && get(defaults) is TValue value)
        {
            json.WritePropertyName("default");
            form.WriteValue(json, value);
        }
    }
}
