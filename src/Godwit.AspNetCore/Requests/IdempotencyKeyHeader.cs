using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Requests;

/// <summary>The <c>Idempotency-Key</c> header: a string as RFC 8941 §3.3.3 writes it, or the same characters bare.</summary>
internal static class IdempotencyKeyHeader
{
    /// <summary>The header's name.</summary>
    public const string Name = "Idempotency-Key";

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
        if (IdempotencyKey.Check(key, anonymous) is { } wrong)
        {
            problem = wrong == ErrorCode.KeyInvalid
                ? new Problem(wrong, $"{IdempotencyKey.Rule}; as a header it is one, the key in quotation marks or bare.")
                : PublishProblem.Key(wrong);
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
}
