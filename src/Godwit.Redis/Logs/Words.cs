using System.Buffers.Text;
using Godwit.Protocol;

namespace Godwit.Redis.Logs;

/// <summary>Reads the words of a line that a script wrote, which is not trusted to be one.</summary>
internal ref struct Words(ReadOnlySpan<byte> line)
{
    private ReadOnlySpan<byte> _rest = line;

    /// <summary>Whether every word so far was what it had to be.</summary>
    public bool IsGood { get; private set; } = true;

    /// <summary>Whether all words were read, and were good.</summary>
    public readonly bool IsWhole => IsGood && _rest.IsEmpty;

    /// <summary>The next word.</summary>
    public ReadOnlySpan<byte> Next()
    {
        int end = _rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> word = end < 0 ? _rest : _rest[..end];
        _rest = end < 0 ? [] : _rest[(end + 1)..];
        IsGood &= !word.IsEmpty;
        return word;
    }

    /// <summary>The next word, as an epoch.</summary>
    public Epoch Epoch()
    {
        IsGood &= Protocol.Epoch.TryParse(Next(), out Epoch epoch);
        return epoch;
    }

    /// <summary>The next word, as an offset or another number below 2^53.</summary>
    public long Number()
    {
        ReadOnlySpan<byte> word = Next();
        IsGood &= Utf8Parser.TryParse(word, out long number, out int read) && read == word.Length && number is >= 0 and <= Protocol.Position.MaxOffset;
        return IsGood ? number : 0;
    }

    /// <summary>The next word, as a mark.</summary>
    public uint Mark()
    {
        ReadOnlySpan<byte> word = Next();
        IsGood &= Utf8Parser.TryParse(word, out uint mark, out int read) && read == word.Length;
        return IsGood ? mark : 0;
    }

    /// <summary>The next two words, as a position in an epoch.</summary>
    public Position Position(Epoch epoch) => new(epoch, Number(), Mark());
}
