using System.Globalization;
using System.Text;

namespace Godwit.Server.LoadTesting;

/// <summary>The data of an entry of a load: when it was due, and padding.</summary>
internal static class LoadEntry
{
    private const string Head = "{\"due\":";

    /// <summary>The least octets of one.</summary>
    public const int Least = 48;

    /// <summary>Writes one.</summary>
    /// <param name="due">A timestamp of this process.</param>
    /// <param name="size">Its octets.</param>
    public static byte[] Write(long due, int size)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{Head}{due},\"pad\":\"");
        return Encoding.ASCII.GetBytes(text.PadRight(Math.Max(text.Length, size - 2), 'x') + "\"}");
    }

    /// <summary>Reads when one was due; false for somebody else's entry.</summary>
    public static bool TryRead(string? data, out long due)
    {
        due = 0;
        if (data is null || !data.StartsWith(Head, StringComparison.Ordinal) || data.IndexOf(',', StringComparison.Ordinal) is not (> 0 and var end))
        {
            return false;
        }

        return long.TryParse(data.AsSpan(Head.Length, end - Head.Length), NumberStyles.None, CultureInfo.InvariantCulture, out due);
    }
}
