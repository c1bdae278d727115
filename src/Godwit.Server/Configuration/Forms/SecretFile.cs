using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration.Forms;

/// <summary><c>{"file": PATH}</c> in the place of a secret: the path of a file that it is read from when the configuration is.</summary>
internal static class SecretFile
{
    /// <summary>The one name in the object.</summary>
    public const string Name = "file";

    private const int Longest = 64 << 10;

    /// <summary>Reads the file that an object names, or adds what is wrong to the faults.</summary>
    /// <param name="node">The object.</param>
    /// <param name="path">The path of the secret.</param>
    /// <param name="faults">Where faults are added.</param>
    /// <param name="file">Where the file's path stands, and what it is.</param>
    /// <param name="text">What the file holds, without the line break at its end.</param>
    public static bool TryRead(SourceNode node, string path, List<Fault> faults, [NotNullWhen(true)] out SourceNode? file, out string text)
    {
        (file, text) = (null, "");
        foreach ((string name, SourceNode member) in node.Members)
        {
            if (name != Name)
            {
                faults.Add(new Fault(Fault.Shown(member.NamedAt ?? member.Source), $"{path}.{Fault.Shown(name)}", "there is no such setting", $"a secret's object has {Name} alone"));
                return false;
            }
        }

        if (node[Name] is not { Kind: SourceKind.String or SourceKind.Text, Text.Length: > 0 } named)
        {
            faults.Add(new Fault((node[Name] ?? node).Source, $"{path}.{Name}", "it names no file", "it takes the path of a file"));
            return false;
        }

        file = named;
        if (Read(named.Text, out text) is { } unreadable)
        {
            faults.Add(new Fault(named.Source, $"{path}.{Name}", unreadable));
            return false;
        }

        return true;
    }

    /// <summary>Writes the schema of the object.</summary>
    public static void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartObject("properties");
        json.WriteStartObject(Name);
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartArray("required");
        json.WriteStringValue(Name);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string? Read(string path, out string text)
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
            byte[] content = new byte[Longest + 1];
            int length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            if (length > Longest)
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
