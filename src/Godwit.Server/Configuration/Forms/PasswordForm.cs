using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Passwords of other servers: text as it is, or <c>{"file": PATH}</c>, the path of a file with it, which is read when the configuration is.</summary>
/// <remarks>What was given for a password is never quoted: a mistyped one is a secret too.</remarks>
internal sealed class PasswordForm : ValueForm<ConfiguredPassword>
{
    private const int Longest = 1024;

    public override string Rule => $"1 to {Longest} characters, or an object with {SecretFile.Name}: the path of a file with them";

    public override string Placeholder => "PASSWORD";

    public override IEnumerable<string> InnerNames => [SecretFile.Name];

    public override bool TryRead(SourceNode node, string path, List<Fault> faults, [NotNullWhen(true)] out ConfiguredPassword? value)
    {
        if (node.Kind != SourceKind.Object)
        {
            return base.TryRead(node, path, faults, out value);
        }

        value = null;
        if (!SecretFile.TryRead(node, path, faults, out SourceNode? file, out string text))
        {
            return false;
        }

        if (Fits(text) is { } problem)
        {
            faults.Add(new Fault(file.Source, $"{path}.{SecretFile.Name}", $"what {Fault.Quote(file.Text)} holds {problem}", $"it takes {Rule}"));
            return false;
        }

        value = new ConfiguredPassword(text, file.Text);
        return true;
    }

    public override string? Parse(string text, out ConfiguredPassword value)
    {
        value = new ConfiguredPassword(text, null);
        return Fits(text) is { } problem ? $"the password {problem}" : null;
    }

    public override string Print(ConfiguredPassword value) => value.File is null ? "(set)" : $"(set, from {value.File})";

    public override bool CanWrite(ConfiguredPassword value) => value.File is not null;

    public override void WriteValue(Utf8JsonWriter json, ConfiguredPassword value)
    {
        json.WriteStartObject();
        json.WriteString(SecretFile.Name, value.File);
        json.WriteEndObject();
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartArray("oneOf");
        json.WriteStartObject();
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
        json.WriteNumber("maxLength", Longest);
        json.WriteEndObject();
        SecretFile.WriteSchema(json);
        json.WriteEndArray();
    }

    private static string? Fits(string text) =>
        text.Length == 0 ? "is empty" : text.Length > Longest ? "is too long" : text.AsSpan().ContainsAny('\r', '\n', '\0') ? "has more than one line" : null;
}
