using Godwit.Access;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Server.Configuration.Sources;
using Godwit.Sessions;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Secrets: base64 text, or <c>{"file": PATH}</c>, the path of a file with such text, which is read when the configuration is.</summary>
/// <remarks>What was given for a secret is never quoted: a mistyped one is a secret too.</remarks>
internal sealed class SecretForm : ValueForm<ConfiguredSecret>
{
    // The longest file cannot hold more, and the shortest secret needs 43 characters without padding.
    private const string Pattern = "^[A-Za-z0-9+/_-]{43,1366}={0,2}$";

    public override string Rule =>
        $"base64 or base64url of {SharedSecret.LeastLength} to {SharedSecret.MostLength} random octets, as \"openssl rand -base64 32\" prints, or an object with {SecretFile.Name}: the path of a file with that text";

    public override string Placeholder => "SECRET";

    public override IEnumerable<string> InnerNames => [SecretFile.Name];

    public override bool TryRead(SourceNode node, string path, List<Fault> faults, [NotNullWhen(true)] out ConfiguredSecret? value)
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

        if (Decode(text, out SharedSecret? secret) is { } problem)
        {
            faults.Add(new Fault(file.Source, $"{path}.{SecretFile.Name}", $"what {Fault.Quote(file.Text)} holds {problem}", $"it takes {Rule}"));
            return false;
        }

        value = new ConfiguredSecret(secret!, file.Text);
        return true;
    }

    public override string? Parse(string text, out ConfiguredSecret value)
    {
        string? problem = Decode(text, out SharedSecret? secret);
        value = secret is null ? null! : new ConfiguredSecret(secret, null);
        return problem is null ? null : $"the secret {problem}";
    }

    public override string Print(ConfiguredSecret value) => value.File is null ? "(set)" : $"(set, from {value.File})";

    public override bool CanWrite(ConfiguredSecret value) => value.File is not null;

    public override void WriteValue(Utf8JsonWriter json, ConfiguredSecret value)
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
        json.WriteString("pattern", Pattern);
        json.WriteEndObject();
        SecretFile.WriteSchema(json);
        json.WriteEndArray();
    }

    private static string? Decode(string text, out SharedSecret? secret)
    {
        secret = null;

        // The tools that print base64 break long lines.
        string digits = text.ReplaceLineEndings("").TrimEnd('=').Replace('+', '-').Replace('/', '_');
        if (digits.Length == 0)
        {
            return "is empty";
        }

        // Padding is ours to leave out, but not to be wrong about.
        if (!Base64Url.IsValid(digits) || text.ReplaceLineEndings("").Length - digits.Length > 2)
        {
            return "is not base64";
        }

        byte[] octets = Base64Url.DecodeFromChars(digits);
        if (octets.Length is < SharedSecret.LeastLength or > SharedSecret.MostLength)
        {
            return octets.Length < SharedSecret.LeastLength ? "is too short" : "is too long";
        }

        secret = new SharedSecret(octets);
        return null;
    }
}
