using System.Text;

namespace Godwit.Server.Configuration;

/// <summary>Something wrong in the configuration.</summary>
/// <param name="Source">Where it stands: <c>file:line:column</c>, the environment variable or the flag.</param>
/// <param name="Path">The setting, as the file would name it; null if the fault is not one setting's.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Remedy">What would be right; null if the problem says it.</param>
internal sealed record Fault(string Source, string? Path, string Problem, string? Remedy = null)
{
    private const int QuotedLength = 60;

    /// <summary>One line for a person.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Source).Append(": ");
        if (Path is { Length: > 0 } && Path != Source)
        {
            text.Append(Path).Append(": ");
        }

        text.Append(Problem);
        if (Remedy is not null)
        {
            text.Append("; ").Append(Remedy);
        }

        return text.Append(text[^1] is '?' or '.' ? "" : ".").ToString();
    }

    /// <summary>A name that somebody wrote, safe to show on a terminal.</summary>
    public static string Shown(string name) => Quote(name)[1..^1];

    /// <summary>What somebody wrote, safe to show on a terminal: without control characters and not endless.</summary>
    public static string Quote(string text)
    {
        var quoted = new StringBuilder("\"");
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (quoted.Length > QuotedLength)
            {
                quoted.Append('…');
                break;
            }

            quoted.Append(Rune.IsControl(rune) ? "\uFFFD" : rune.ToString());
        }

        return quoted.Append('"').ToString();
    }
}
