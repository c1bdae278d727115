namespace Godwit.Server.Reporting;

/// <summary>A text of which a part is written by a program: what stands between two marks is replaced, what people wrote around them stays.</summary>
internal static class MarkedText
{
    public const string Begin = "<!-- measured: begin -->";
    public const string End = "<!-- measured: end -->";

    /// <summary>A text with what stands between the marks replaced; null if it has no such marks.</summary>
    public static string? Insert(string text, string part)
    {
        int begin = text.IndexOf(Begin, StringComparison.Ordinal);
        int end = text.IndexOf(End, StringComparison.Ordinal);
        return begin < 0 || end < begin ? null : text[..(begin + Begin.Length)] + "\n\n" + part.TrimEnd() + "\n\n" + text[end..];
    }
}
