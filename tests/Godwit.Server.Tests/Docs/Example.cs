namespace Godwit.Server.Tests.Docs;

/// <summary>One fenced block of a document.</summary>
/// <param name="Document">The document's file name.</param>
/// <param name="Section">The heading above it, without its signs.</param>
/// <param name="Lead">The bold words with which the nearest paragraph above it within the section begins, or nothing.</param>
/// <param name="Line">Where its fence stands, from 1.</param>
/// <param name="Language">The word behind the fence, or nothing.</param>
/// <param name="Text">Its lines.</param>
internal sealed record Example(string Document, string Section, string Lead, int Line, string Language, IReadOnlyList<string> Text)
{
    private const string Fence = "```";

    /// <summary>All blocks of a document, which is a resource of this assembly.</summary>
    public static List<Example> Read(string document)
    {
        using Stream file = typeof(Example).Assembly.GetManifestResourceStream(document)!;
        using var reader = new StreamReader(file);
        var examples = new List<Example>();
        string section = "";
        string lead = "";
        int number = 0;
        while (reader.ReadLine() is { } line)
        {
            number++;
            if (line.StartsWith(Fence, StringComparison.Ordinal))
            {
                int first = number;
                var text = new List<string>();
                while (reader.ReadLine() is { } inside)
                {
                    number++;
                    if (inside == Fence)
                    {
                        break;
                    }

                    text.Add(inside);
                }

                examples.Add(new Example(document, section, lead, first, line[Fence.Length..], text));
            }
            else if (line.StartsWith('#'))
            {
                section = line.TrimStart('#').Trim();
                lead = "";
            }
            else if (line.StartsWith("**", StringComparison.Ordinal) && line.IndexOf("**", 2, StringComparison.Ordinal) is > 0 and int end)
            {
                lead = line[2..end].TrimEnd('.');
            }
        }

        return examples;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Document}, line {Line} ({(Lead.Length > 0 ? $"{Section}, {Lead}" : Section)})";
}
