using System.Text;

namespace Godwit.WebRtc.Client;

/// <summary>Puts the text messages of a channel together and cuts them into lines: a message may hold several, and a long line stands in several messages.</summary>
internal sealed class MessageLines
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly StringBuilder _begun = new();

    /// <summary>The text of a message that is one by itself.</summary>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public static string Read(ReadOnlySpan<byte> message) => StrictUtf8.GetString(message);

    /// <summary>Takes a message.</summary>
    /// <param name="message">The message; each is UTF-8 by itself.</param>
    /// <param name="take">Is given each line that it completes.</param>
    /// <exception cref="DecoderFallbackException">It is not UTF-8.</exception>
    public void Add(ReadOnlySpan<byte> message, Action<string> take)
    {
        ReadOnlySpan<char> text = StrictUtf8.GetString(message);
        while (text.IndexOf('\n') is >= 0 and var end)
        {
            string line = _begun.Length == 0 ? text[..end].ToString() : _begun.Append(text[..end]).ToString();
            _begun.Clear();
            text = text[(end + 1)..];
            take(line);
        }

        _begun.Append(text);
    }
}
