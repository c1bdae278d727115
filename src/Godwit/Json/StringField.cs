using System.Text.Json;

namespace Godwit.Json;

/// <summary>Short strings inside JSON, read without making a string of them.</summary>
internal static class StringField
{
    /// <summary>Copies the string or name that a reader stands on, without its escapes.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="plain">As long as the longest text that may be taken, in octets.</param>
    /// <returns>How long it is; −1 if it is longer, or half of a surrogate pair is in it.</returns>
    public static int Copy(in Utf8JsonReader reader, scoped Span<byte> plain)
    {
        ReadOnlySpan<byte> text = reader.ValueSpan;
        if (!reader.ValueIsEscaped)
        {
            return text.TryCopyTo(plain) ? text.Length : -1;
        }

        try
        {
            return reader.CopyString(plain);
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or ArgumentException)
        {
            return -1;
        }
    }
}
