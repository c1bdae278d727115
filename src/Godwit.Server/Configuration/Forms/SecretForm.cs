using Godwit.Access;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Godwit.Server.Configuration.Sources;
using Godwit.Sessions;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Secrets: base64 text, or <c>{"file": PATH}</c>, the path of a file with such text, which is read when the configuration is.</summary>
/// <remarks>What was given for a secret is never quoted: a mistyped one is a secret too.</remarks>
internal sealed class SecretForm : ValueForm<ConfiguredSecret>
{
    private const string FileName = "file";
    private const int LongestFile = 64 << 10;

    // The longest file cannot hold more, and the shortest secret needs 43 characters without padding.
    private const string Pattern = "^[A-Za-z0-9+/_-]{43,1366}={0,2}$";

    public override string Rule =>
        $"base64 or base64url of {SharedSecret.LeastLength} to {SharedSecret.MostLength} random octets, as \"openssl rand -base64 32\" prints, or an object with {FileName}: the path of a file with that text";

    public override string Placeholder => "SECRET";

    public override IEnumerable<string> InnerNames => [FileName];

    public override bool TryRead(SourceNode node, string path, List<Fault> faults, [NotNullWhen(true)] out ConfiguredSecret? value)
    {
        if (node.Kind != SourceKind.Object)
        {
            return base.TryRead(node, path, faults, out value);
        }

        value = null;
        foreach ((string name, SourceNode member) in node.Members)
        {
            if (name != FileName)
            {
                faults.Add(new Fault(Fault.Shown(member.NamedAt ?? member.Source), $"{path}.{Fault.Shown(name)}", "there is no such setting", $"a secret's object has {FileName} alone"));
                return false;
            }
        }

        string full = $"{path}.{FileName}";
        if (node[FileName] is not { Kind: SourceKind.String or SourceKind.Text, Text.Length: > 0 } file)
        {
            faults.Add(new Fault((node[FileName] ?? node).Source, full, "it names no file", "it takes the path of a file"));
            return false;
        }

        if (ReadFile(file.Text, out string text) is { } unreadable)
        {
            faults.Add(new Fault(file.Source, full, unreadable));
            return false;
        }

        if (Decode(text, out SharedSecret? secret) is { } problem)
        {
            faults.Add(new Fault(file.Source, full, $"what {Fault.Quote(file.Text)} holds {problem}", $"it takes {Rule}"));
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
        json.WriteString(FileName, value.File);
        json.WriteEndObject();
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartArray("oneOf");
        json.WriteStartObject();
        json.WriteString("type", "string");
        json.WriteString("pattern", Pattern);
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartObject("properties");
        json.WriteStartObject(FileName);
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("required");
        json.WriteStringValue(FileName);
        json.WriteEndArray();
        json.WriteEndObject();
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

    private static string? ReadFile(string path, out string text)
    {
        text = "";
        string shown = Fault.Quote(path);
        try
        {
            if (Directory.Exists(path))
            {
                return $"{shown} is a directory";
            }

            using FileStream file = File.OpenRead(path);
            byte[] content = new byte[LongestFile + 1];
            int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            if (length > LongestFile)
            {
                return $"{shown} is larger than 64 KiB, so it is hardly a secret";
            }

            text = Encoding.UTF8.GetString(content, 0, length).TrimEnd('\n', '\r');
            return null;
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            return $"there is no file {shown}";
        }
        catch (UnauthorizedAccessException)
        {
            return $"this user may not read {shown}";
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or NotSupportedException)
        {
            return $"{shown} cannot be read";
        }
    }
}
