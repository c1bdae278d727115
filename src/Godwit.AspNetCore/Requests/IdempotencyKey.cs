using System.Buffers;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Requests;

/// <summary>The <c>Idempotency-Key</c> header: a string as RFC 8941 §3.3.3 writes it, or the same characters bare.</summary>
internal static class IdempotencyKey
{
    /// <summary>The header's name.</summary>
    public const string Header = "Idempotency-Key";

    /// <summary>The longest key.</summary>
    public const int MaxLength = 128;

    /// <summary>The fewest characters of a key that nobody guesses: what 128 random bits take in base64.</summary>
    public const int UnguessableLength = 22;

    private const string Rule = "An idempotency key is 1 to 128 visible ASCII characters; as a header it is one, the key in quotation marks or bare.";

    private static readonly SearchValues<char> Visible = SearchValues.Create(VisibleCharacters());

    /// <summary>Reads the key.</summary>
    /// <param name="values">The header's lines.</param>
    /// <param name="anonymous">All anonymous clients share one set of keys, so theirs must not be guessed.</param>
    /// <param name="key">The key without quotation marks; null where the header is not given.</param>
    /// <param name="problem">Why it is none, if the answer is false.</param>
    public static bool TryRead(StringValues values, bool anonymous, out string? key, out Problem problem)
    {
        key = null;
        problem = default;
        if (values.Count == 0)
        {
            return true;
        }

        key = values.Count == 1 ? Unquote(values[0] ?? "") : null;
        return Check(key, anonymous, out problem);
    }

    /// <summary>Whether a text may be a key.</summary>
    /// <param name="key">The text; null is none.</param>
    /// <param name="anonymous">As for <see cref="TryRead"/>.</param>
    /// <param name="problem">Why it may not, if the answer is false.</param>
    public static bool Check(string? key, bool anonymous, out Problem problem)
    {
        problem = default;
        if (key is not { Length: > 0 and <= MaxLength } || key.AsSpan().ContainsAnyExcept(Visible))
        {
            problem = new Problem(ErrorCode.KeyInvalid, Rule);
            return false;
        }

        if (anonymous && key.Length < UnguessableLength)
        {
            problem = new Problem(ErrorCode.KeyWeak, $"All anonymous publishers share their keys: use {UnguessableLength} or more random characters.");
            return false;
        }

        return true;
    }

    private static string? Unquote(string text)
    {
        if (text is not ['"', ..])
        {
            return text;
        }

        if (text is not ['"', .. var inner, '"'])
        {
            return null;
        }

        if (inner.AsSpan().IndexOfAny('"', '\\') < 0)
        {
            return inner;
        }

        Span<char> plain = inner.Length <= 512 ? stackalloc char[inner.Length] : new char[inner.Length];
        int length = 0;
        for (int i = 0; i < inner.Length; i++)
        {
            if (inner[i] == '"' || (inner[i] == '\\' && (++i == inner.Length || inner[i] is not ('"' or '\\'))))
            {
                return null;
            }

            plain[length++] = inner[i];
        }

        return plain[..length].ToString();
    }

    private static string VisibleCharacters()
    {
        Span<char> all = stackalloc char['~' - '!' + 1];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = (char)('!' + i);
        }

        return all.ToString();
    }
}
