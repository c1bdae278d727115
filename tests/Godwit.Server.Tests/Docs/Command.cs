namespace Godwit.Server.Tests.Docs;

/// <summary>A command of an example and what the document shows of its answer.</summary>
/// <param name="Text">The command, in one line or in several of a continued one.</param>
/// <param name="Shown">The lines of the answer; none where the document shows none.</param>
/// <param name="Source">The example.</param>
internal sealed record Command(string Text, IReadOnlyList<string> Shown, Example Source)
{
    private const string Prompt = "$ ";

    /// <summary>The commands of a section's examples in their order: those behind a prompt in a <c>console</c> block, and every line of a
    /// <c>sh</c> block, whose answer may stand in a <c>json</c> block of its own.</summary>
    public static List<Command> Read(IReadOnlyList<Example> section)
    {
        var commands = new List<Command>();
        for (int index = 0; index < section.Count; index++)
        {
            Example example = section[index];
            if (example.Language == "console")
            {
                AddConsole(example, commands);
            }
            else if (example.Language == "sh")
            {
                foreach (string text in Continued(example.Text))
                {
                    commands.Add(new Command(text, [], example));
                }

                if (index + 1 < section.Count && section[index + 1] is { Language: "json" } answer)
                {
                    commands[^1] = commands[^1] with { Shown = answer.Text };
                }
            }
        }

        return commands;
    }

    private static void AddConsole(Example example, List<Command> commands)
    {
        int line = 0;
        while (line < example.Text.Count)
        {
            Assert.True(example.Text[line].StartsWith(Prompt, StringComparison.Ordinal), $"{example}: it does not begin with a command.");
            string text = example.Text[line++][Prompt.Length..];
            string[] shown = [.. example.Text.Skip(line).TakeWhile(next => !next.StartsWith(Prompt, StringComparison.Ordinal))];
            commands.Add(new Command(text, shown, example));
            line += shown.Length;
        }
    }

    private static IEnumerable<string> Continued(IReadOnlyList<string> lines)
    {
        string text = "";
        foreach (string line in lines)
        {
            text += line;
            if (line.EndsWith('\\') || line.EndsWith('|'))
            {
                text += '\n';
                continue;
            }

            yield return text;
            text = "";
        }

        Assert.Empty(text);
    }
}
