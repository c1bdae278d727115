using System.Buffers.Text;
using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Feeds.Framings;

/// <summary>Writes text into a span that is known to be large enough.</summary>
internal ref struct Utf8Text(Span<byte> destination)
{
    private readonly Span<byte> _destination = destination;

    /// <summary>The octets written.</summary>
    public int Length { get; private set; }

    /// <summary>What was written.</summary>
    public readonly ReadOnlySpan<byte> Written => _destination[..Length];

    /// <summary>Appends text that is UTF-8 already.</summary>
    public void Append(scoped ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(_destination[Length..]);
        Length += utf8.Length;
    }

    /// <summary>Takes the last octet back: the end of an object that is to have one more member.</summary>
    public void Reopen() => Length--;

    /// <summary>Appends text of ASCII characters.</summary>
    public void AppendAscii(string text) => Length += Encoding.ASCII.GetBytes(text, _destination[Length..]);

    /// <summary>Appends a decimal number.</summary>
    public void Append(long number)
    {
        if (!Utf8Formatter.TryFormat(number, _destination[Length..], out int written))
        {
            throw new InvalidOperationException("The buffer was measured too small.");
        }

        Length += written;
    }

    /// <summary>Appends the text of a position.</summary>
    public void Append(Position position) => Length += position.WriteUtf8(_destination[Length..]);

    /// <summary>Appends octets as base64.</summary>
    public void AppendBase64(ReadOnlySpan<byte> octets)
    {
        Base64.EncodeToUtf8(octets, _destination[Length..], out _, out int written);
        Length += written;
    }

    /// <summary>Appends an entry object.</summary>
    public void AppendEntry(EntryText entries, Epoch epoch, Entry entry) => Length += entries.Write(_destination[Length..], epoch, entry);
}
