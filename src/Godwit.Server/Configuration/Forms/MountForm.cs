using System.Text.Json;
using System.Text.RegularExpressions;

namespace Godwit.Server.Configuration.Forms;

/// <summary>The path that the endpoints stand under.</summary>
internal sealed partial class MountForm : ValueForm<string>
{
    private const string Pattern = "^(/[A-Za-z0-9_~.-]*[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)+$";
    private const int Longest = 200;

    // These stand outside the mount, and so must stay free.
    private static readonly string[] Taken = ["/healthz", "/readyz", "/metrics"];

    public override string Rule => "a path such as /rt, of segments of the characters A-Z a-z 0-9 _ . ~ -, without a slash at the end";

    public override string Placeholder => "PATH";

    public override string? Parse(string text, out string value)
    {
        value = text;
        return text.Length > Longest ? $"{Fault.Quote(text)} is longer than {Longest} characters"
            : text == "/" ? "the root is not free, the pages stand there"
            : Taken.Contains(text, StringComparer.Ordinal) ? $"{Fault.Quote(text)} is not free"
            : !Path().IsMatch(text) ? $"{Fault.Quote(text)} is not a mount point"
            : null;
    }

    public override string Print(string value) => value;

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", Pattern);
        json.WriteNumber("maxLength", Longest);
    }

    [GeneratedRegex(Pattern, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Path();
}
