namespace Godwit.Fuzzing.Tests.Mutation;

/// <summary>Changes inputs so that they stay nearly what a parser takes: most of what is wrong with them is deep inside.</summary>
/// <param name="random">Decides everything.</param>
/// <param name="dictionary">What is put in.</param>
internal sealed class Mutator(Xoshiro random, IReadOnlyList<byte[]> dictionary)
{
    /// <summary>The longest input.</summary>
    public const int MaxLength = 16 << 10;

    private const string Separators = "{}[]\":,; \t\r\n=&?/-.()<>@|";

    private static readonly byte[] Extremes = [0, 1, 0x20, 0x22, 0x2C, 0x5C, 0x7D, 0x7E, 0x7F, 0x80, 0x81, 0x88, 0x89, 0xC0, 0xFD, 0xFE, 0xFF];

    /// <summary>A changed input.</summary>
    /// <param name="corpus">What it is made of.</param>
    /// <param name="seeds">How many of them, at the beginning, are as they were given: these come as often as all others together.</param>
    public byte[] Next(IReadOnlyList<byte[]> corpus, int seeds)
    {
        var input = new List<byte>(corpus[random.Below(random.OneIn(2) ? seeds : corpus.Count)]);
        for (int changes = 1 + random.Below(random.OneIn(8) ? 16 : 3); changes > 0; changes--)
        {
            Change(input, corpus);
        }

        if (input.Count > MaxLength)
        {
            input.RemoveRange(MaxLength, input.Count - MaxLength);
        }

        return [.. input];
    }

    private void Change(List<byte> input, IReadOnlyList<byte[]> corpus)
    {
        int at = random.Below(input.Count + 1);
        switch (random.Below(14))
        {
            case 0 when at < input.Count:
                input[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1 when at < input.Count:
                input[at] = random.OneIn(2) ? random.OneOf(Extremes) : (byte)random.Bits();
                break;
            case 2:
                input.RemoveRange(at, Math.Min(Length(), input.Count - at));
                break;
            case 3:
                input.RemoveRange(at, input.Count - at);
                break;
            case 4:
                input.InsertRange(random.Below(input.Count + 1), input.GetRange(at, Math.Min(Length(), input.Count - at)));
                break;
            case 5:
                Splice(input, at, random.OneOf(corpus));
                break;
            case 6 or 7 or 8:
                input.InsertRange(at, random.OneOf(dictionary));
                break;
            case 9:
                Repeat(input, at, random.OneOf(dictionary));
                break;
            case 10 or 11:
                (int start, int end) = Token(input, at);
                input.RemoveRange(start, end - start);
                input.InsertRange(start, random.OneOf(dictionary));
                break;
            case 12:
                Swap(input, at);
                break;
            default:
                (start, end) = Token(input, at);
                input.InsertRange(start, input.GetRange(start, end - start));
                break;
        }
    }

    private int Length() => 1 + random.Below(random.OneIn(4) ? 256 : 8);

    /// <summary>The end of another input behind the beginning of this one.</summary>
    private void Splice(List<byte> input, int at, byte[] other)
    {
        input.RemoveRange(at, input.Count - at);
        input.AddRange(other[random.Below(other.Length + 1)..]);
    }

    private void Repeat(List<byte> input, int at, byte[] piece)
    {
        int times = 1 << random.Below(11);
        for (int i = 0; i < times && input.Count < MaxLength; i++)
        {
            input.InsertRange(at, piece);
        }
    }

    private void Swap(List<byte> input, int at)
    {
        (int start, int end) = Token(input, at);
        List<byte> moved = input.GetRange(start, end - start);
        input.RemoveRange(start, end - start);
        input.InsertRange(random.Below(input.Count + 1), moved);
    }

    /// <summary>What stands between two separators.</summary>
    private static (int Start, int End) Token(List<byte> input, int at)
    {
        int start = at;
        while (start > 0 && !IsSeparator(input[start - 1]))
        {
            start--;
        }

        int end = at;
        while (end < input.Count && !IsSeparator(input[end]))
        {
            end++;
        }

        return (start, end);
    }

    private static bool IsSeparator(byte octet) => Separators.Contains((char)octet, StringComparison.Ordinal);
}
