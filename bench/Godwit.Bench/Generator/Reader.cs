using System.Buffers.Text;
using System.Text;

namespace Godwit.Bench.Generator;

/// <summary>One connection that reads a room: its socket, its ledger and the octets of an incomplete unit.</summary>
/// <remarks>Used by one receive loop only. A reader that has nothing incomplete holds no buffer.</remarks>
internal abstract class Reader(Ledger ledger)
{
    private byte[]? _rest;
    private int _restLength;

    public int Descriptor { get; set; } = -1;

    /// <summary>The encryption between the socket and the reader; null without.</summary>
    public TlsSession? Tls { get; set; }

    /// <summary>What the times of its deliveries are added to; null where they are not of interest.</summary>
    public Stopwatches? Timed { get; set; }

    /// <summary>Whether the request has been sent and the server has taken the reader in, as far as its transport lets a client know.</summary>
    public bool Ready { get; protected set; }

    /// <summary>What is wrong with what arrived; null when nothing is.</summary>
    public string? Fault { get; protected set; }

    /// <summary>Entries received since the receive loop last asked.</summary>
    public int Delivered { get; set; }

    /// <summary>Octets kept from the last receive.</summary>
    public ReadOnlySpan<byte> Rest => _rest.AsSpan(0, _restLength);

    /// <summary>Sends the request that opens the reader. The connection has just been made.</summary>
    public abstract void Open();

    /// <summary>Takes the complete units at the start of what arrived and returns their length. May write into it.</summary>
    public abstract int Consume(Span<byte> arrived);

    /// <summary>Keeps what is incomplete until more arrives.</summary>
    public void Keep(ReadOnlySpan<byte> rest)
    {
        if (rest.Length > (_rest?.Length ?? 0))
        {
            _rest = new byte[Math.Max(512, rest.Length * 2)];
        }

        rest.CopyTo(_rest);
        _restLength = rest.Length;
    }

    /// <summary>Sends a short message whole.</summary>
    protected void Send(ReadOnlySpan<byte> bytes)
    {
        if (Tls is null)
        {
            Linux.Send(Descriptor, bytes);
        }
        else
        {
            Tls.Send(bytes);
        }
    }

    protected void Deliver(long number)
    {
        Delivered++;
        if (ledger.Note(number) is { } wrong)
        {
            Fault ??= wrong;
        }
    }

    /// <summary>Delivers the number that stands behind each occurrence of a marker.</summary>
    protected void DeliverAll(ReadOnlySpan<byte> text, ReadOnlySpan<byte> marker)
    {
        while (text.IndexOf(marker) is >= 0 and int at)
        {
            text = text[(at + marker.Length)..];
            if (Utf8Parser.TryParse(text, out long number, out int length))
            {
                Deliver(number);
                Timed?.Arrived(text);
                text = text[length..];
            }
        }
    }

    protected void Refuse(ReadOnlySpan<byte> what) => Fault ??= "unexpected: " + Encoding.UTF8.GetString(what[..Math.Min(what.Length, 200)]);
}
