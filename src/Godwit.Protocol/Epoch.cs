using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Godwit.Protocol;

/// <summary>The identity of a log's life. Two logs never share one: a room that ends and begins again has a new epoch.</summary>
/// <param name="Value">64 random bits; 0 stands for no epoch.</param>
public readonly record struct Epoch(ulong Value)
{
    /// <summary>The length of an epoch's text.</summary>
    public const int TextLength = 11;

    /// <summary>Draws an epoch that no other log has.</summary>
    public static Epoch New()
    {
        ulong value = 0;
        while (value == 0)
        {
            RandomNumberGenerator.Fill(MemoryMarshal.AsBytes(new Span<ulong>(ref value)));
        }

        return new Epoch(value);
    }

    /// <summary>Writes the text, <see cref="TextLength"/> ASCII characters.</summary>
    public void WriteUtf8(Span<byte> destination) => Base64Digits.Write(Value, destination[..TextLength]);

    /// <summary>Reads the text of an epoch.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Epoch epoch)
    {
        Span<byte> ascii = stackalloc byte[TextLength];
        epoch = default;
        return Ascii.FromUtf16(text, ascii, out int length) == OperationStatus.Done && TryParse(ascii[..length], out epoch);
    }

    /// <summary>Reads the text of an epoch.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out Epoch epoch)
    {
        bool read = text.Length == TextLength & Base64Digits.TryRead(text, 64, out ulong value);
        epoch = new Epoch(read ? value : 0);
        return read && value != 0;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        Span<byte> text = stackalloc byte[TextLength];
        WriteUtf8(text);
        return Encoding.ASCII.GetString(text);
    }
}
