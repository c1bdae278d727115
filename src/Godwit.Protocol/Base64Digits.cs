namespace Godwit.Protocol;

/// <summary>Fixed-width numbers in 64 digits that need no escaping in a URL, a header or an SSE id: <c>0-9 A-Z a-z _ ~</c>.</summary>
internal static class Base64Digits
{
    private static ReadOnlySpan<byte> Alphabet => "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_~"u8;

    private static readonly sbyte[] Values = BuildValues();

    /// <summary>Writes <paramref name="value"/> over the whole of <paramref name="destination"/>, most significant digit first.</summary>
    public static void Write(ulong value, Span<byte> destination)
    {
        for (int i = destination.Length - 1; i >= 0; i--)
        {
            destination[i] = Alphabet[(int)(value & 63)];
            value >>= 6;
        }
    }

    /// <summary>Reads a number of exactly <paramref name="bits"/> bits; false for another digit or a number that does not fit.</summary>
    public static bool TryRead(ReadOnlySpan<byte> text, int bits, out ulong value)
    {
        value = 0;
        for (int i = 0; i < text.Length; i++)
        {
            int digit = text[i] < 128 ? Values[text[i]] : -1;
            if (digit < 0 || value >> (64 - 6) != 0)
            {
                return false;
            }

            value = (value << 6) | (uint)digit;
        }

        return bits == 64 || value >> bits == 0;
    }

    private static sbyte[] BuildValues()
    {
        var values = new sbyte[128];
        Array.Fill(values, (sbyte)-1);
        for (int i = 0; i < Alphabet.Length; i++)
        {
            values[Alphabet[i]] = (sbyte)i;
        }

        return values;
    }
}
