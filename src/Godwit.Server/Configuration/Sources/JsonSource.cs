using System.Text;
using System.Text.Json;

namespace Godwit.Server.Configuration.Sources;

/// <summary>A configuration file: JSON, in which comments and trailing commas may stand.</summary>
internal static class JsonSource
{
    private const string Flag = "--config";
    private const int LongestFile = 4 << 20;

    /// <summary>Reads a file.</summary>
    /// <returns>The file's object; null if there is none, and then <paramref name="faults"/> says why.</returns>
    public static SourceNode? Read(string path, List<Fault> faults)
    {
        string shown = Fault.Quote(path);
        try
        {
            if (Directory.Exists(path))
            {
                faults.Add(new Fault(Flag, null, $"{shown} is a directory", "name the file in it"));
                return null;
            }

            using FileStream file = File.OpenRead(path);
            using var content = new MemoryStream();
            byte[] part = new byte[16 << 10];
            for (int read; (read = file.Read(part)) > 0;)
            {
                content.Write(part, 0, read);
                if (content.Length > LongestFile)
                {
                    faults.Add(new Fault(Flag, null, $"{shown} is larger than 4 MiB, so it is hardly a configuration file"));
                    return null;
                }
            }

            return Parse(content.GetBuffer().AsSpan(0, (int)content.Length), path, faults);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            faults.Add(new Fault(Flag, null, $"there is no file {shown}"));
        }
        catch (UnauthorizedAccessException)
        {
            faults.Add(new Fault(Flag, null, $"this user may not read {shown}"));
        }
        catch (Exception fault) when (fault is IOException or ArgumentException or NotSupportedException)
        {
            faults.Add(new Fault(Flag, null, $"{shown} cannot be read", fault.Message));
        }

        return null;
    }

    /// <summary>Reads the octets of a file.</summary>
    public static SourceNode? Parse(ReadOnlySpan<byte> json, string file, List<Fault> faults)
    {
        ReadOnlySpan<byte> text = json.StartsWith(Encoding.UTF8.Preamble) ? json[Encoding.UTF8.Preamble.Length..] : json;
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        try
        {
            reader.Read();
            SourceNode root = ReadValue(ref reader, text, file, "", faults);
            reader.Read();
            if (root.Kind == SourceKind.Object)
            {
                return root;
            }

            faults.Add(new Fault(root.Source, null, "the file is not a JSON object", "put the settings between { and }"));
        }
        catch (JsonException fault)
        {
            long line = (fault.LineNumber ?? 0) + 1;
            faults.Add(new Fault($"{file}:{line}:{Column(text, line - 1, fault.BytePositionInLine ?? 0)}", null, "the file is not JSON", Reason(fault)));
        }
        catch (InvalidOperationException)
        {
            // Only a string's unescaping throws this.
            faults.Add(new Fault(Where(text, reader.TokenStartIndex, file), null, "the text is not valid UTF-8, or escapes half of a surrogate pair"));
        }

        return null;
    }

    private static SourceNode ReadValue(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string file, string path, List<Fault> faults)
    {
        string source = Where(json, reader.TokenStartIndex, file);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, json, file, path, source, faults);
            case JsonTokenType.StartArray:
                var list = new SourceNode(source, SourceKind.List);
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    list.Items.Add(ReadValue(ref reader, json, file, $"{path}[{list.Items.Count}]", faults));
                }

                return list;
            case JsonTokenType.String:
                return new SourceNode(source, SourceKind.String, reader.GetString()!);
            case JsonTokenType.Number:
                return new SourceNode(source, SourceKind.Number, Encoding.UTF8.GetString(reader.ValueSpan));
            case JsonTokenType.Null:
                return new SourceNode(source, SourceKind.Null, "null");
            default:
                return new SourceNode(source, SourceKind.Switch, reader.TokenType == JsonTokenType.True ? "true" : "false");
        }
    }

    private static SourceNode ReadObject(ref Utf8JsonReader reader, ReadOnlySpan<byte> json, string file, string path, string source, List<Fault> faults)
    {
        var node = new SourceNode(source, SourceKind.Object);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string nameAt = Where(json, reader.TokenStartIndex, file);
            string name = reader.GetString()!;
            string full = path.Length == 0 ? name : $"{path}.{name}";
            reader.Read();
            SourceNode value = ReadValue(ref reader, json, file, full, faults);
            if (node[name] is SourceNode first)
            {
                faults.Add(new Fault(nameAt, Fault.Shown(full), $"it is set twice, first at {first.Source}", "leave one"));
            }
            else
            {
                node.Members.Add((name, value with { NamedAt = nameAt }));
            }
        }

        return node;
    }

    private static string Where(ReadOnlySpan<byte> json, long index, string file)
    {
        ReadOnlySpan<byte> before = json[..(int)index];
        int line = before.Count((byte)'\n');
        return $"{file}:{line + 1}:{Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1}";
    }

    // The platform counts the octets of a line; editors count characters.
    private static long Column(ReadOnlySpan<byte> json, long line, long octets)
    {
        ReadOnlySpan<byte> rest = json;
        for (; line > 0 && rest.IndexOf((byte)'\n') is var end and >= 0; line--)
        {
            rest = rest[(end + 1)..];
        }

        return Encoding.UTF8.GetCharCount(rest[..(int)Math.Min(octets, rest.Length)]) + 1;
    }

    // The platform's sentence, without the position that it appends.
    private static string Reason(JsonException fault)
    {
        int position = fault.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return position < 0 ? fault.Message : fault.Message[..position];
    }
}
