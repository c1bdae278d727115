using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Godwit.Protocol;

/// <summary>A place in a room's log, as a reader holds it: everything up to <paramref name="Offset"/> has been read.</summary>
/// <remarks>
/// On the wire <c>epoch-offset-mark</c>, for example <c>3kQ9xLm0aZ_-42-03fK9a</c>; opaque to clients. A client that
/// presents it is given entry 43 next. When the log has been lost and begun again the epoch differs; when only the end of
/// a log was lost and written anew, the mark of entry 42 differs. Either way the reader is told <c>reset</c>.
/// </remarks>
/// <param name="Epoch">Which log.</param>
/// <param name="Offset">The offset of the last entry read, 0 before the first; below 2^53.</param>
/// <param name="Mark">The 32 random bits drawn with that entry; 0 at offset 0.</param>
public readonly record struct Position(Epoch Epoch, long Offset, uint Mark)
{
    /// <summary>The largest offset, 2^53 − 1: what a JavaScript number holds exactly.</summary>
    public const long MaxOffset = (1L << 53) - 1;

    /// <summary>The longest text of a position.</summary>
    public const int MaxTextLength = Epoch.TextLength + 1 + 16 + 1 + MarkLength;

    /// <summary>What a position looks like, for error messages.</summary>
    public const string Rule = "A position is epoch-offset-mark as an earlier answer gave it: 11 characters of A-Z a-z 0-9 _ ~, '-', a decimal offset below 2^53 without leading zeros, '-', 6 characters of A-Z a-z 0-9 _ ~.";

    private const int MarkLength = 6;

    /// <summary>Writes the text as ASCII and returns its length.</summary>
    /// <exception cref="ArgumentException">The destination is shorter than <see cref="MaxTextLength"/> and too short for this position.</exception>
    public int WriteUtf8(Span<byte> destination)
    {
        if (destination.Length < Epoch.TextLength + 3 + MarkLength)
        {
            throw new ArgumentException("The destination is too short for a position.", nameof(destination));
        }

        Epoch.WriteUtf8(destination);
        destination[Epoch.TextLength] = (byte)'-';
        if (!Utf8Formatter.TryFormat(Offset, destination[(Epoch.TextLength + 1)..], out int digits)
            || destination.Length < Epoch.TextLength + 2 + digits + MarkLength)
        {
            throw new ArgumentException("The destination is too short for a position.", nameof(destination));
        }

        int at = Epoch.TextLength + 1 + digits;
        destination[at++] = (byte)'-';
        Base64Digits.Write(Mark, destination.Slice(at, MarkLength));
        return at + MarkLength;
    }

    /// <summary>Reads the text of a position. One position has exactly one text.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Position position)
    {
        Span<byte> ascii = stackalloc byte[MaxTextLength];
        position = default;
        return Ascii.FromUtf16(text, ascii, out int length) == OperationStatus.Done && TryParse(ascii[..length], out position);
    }

    /// <summary>Reads the text of a position. One position has exactly one text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Position position)
    {
        position = default;
        if (text.Length is < Epoch.TextLength + 3 + MarkLength or > MaxTextLength
            || text[Epoch.TextLength] != '-' || text[^(MarkLength + 1)] != '-'
            || !Epoch.TryParse(text[..Epoch.TextLength], out Epoch epoch)
            || !Base64Digits.TryRead(text[^MarkLength..], 32, out ulong mark))
        {
            return false;
        }

        ReadOnlySpan<byte> digits = text[(Epoch.TextLength + 1)..^(MarkLength + 1)];
        // The platform passes over NULs behind a number.
        if ((digits.Length > 1 && digits[0] == (byte)'0') || digits[^1] == 0
            || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out long offset)
            || offset > MaxOffset)
        {
            return false;
        }

        position = new Position(epoch, offset, (uint)mark);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[MaxTextLength];
        return Encoding.ASCII.GetString(text[..WriteUtf8(text)]);
    }
}
