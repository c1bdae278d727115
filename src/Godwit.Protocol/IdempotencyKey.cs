using System.Buffers;

namespace Godwit.Protocol;

/// <summary>The text by which a publish that is repeated is known again.</summary>
public static class IdempotencyKey
{
    /// <summary>The longest key.</summary>
    public const int MaxLength = 128;

    /// <summary>The fewest characters of a key that nobody guesses: what 128 random bits take in base64.</summary>
    public const int UnguessableLength = 22;

    /// <summary>What a key may be, for error messages.</summary>
    public const string Rule = "An idempotency key is 1 to 128 visible ASCII characters";

    private static readonly SearchValues<char> Visible = SearchValues.Create(VisibleCharacters());

    /// <summary>Whether a text may be a key; if not, why: <see cref="ErrorCode.KeyInvalid"/> or <see cref="ErrorCode.KeyWeak"/>.</summary>
    /// <param name="text">The text.</param>
    /// <param name="anonymous">All anonymous publishers share one set of keys, so theirs must not be guessed.</param>
    public static ErrorCode? Check(ReadOnlySpan<char> text, bool anonymous)
    {
        if (text.Length is 0 or > MaxLength || text.ContainsAnyExcept(Visible))
        {
            return ErrorCode.KeyInvalid;
        }

        return anonymous && text.Length < UnguessableLength ? ErrorCode.KeyWeak : null;
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
