using System.Buffers.Text;

namespace Godwit.Bench.Generator;

/// <summary>Reads entries from an event stream.</summary>
/// <param name="ledger">What checks the entries.</param>
/// <param name="request">The request.</param>
/// <param name="marker">What stands before an entry's number in its data; null where the number is the offset in the middle of each block's <c>id</c>.</param>
internal sealed class EventStreamReader(Ledger ledger, byte[] request, byte[]? marker = null) : Reader(ledger)
{
    private bool _open;
    private bool _chunked;
    private byte[] _block = [];

    public override void Open() => Send(request);

    public override int Consume(Span<byte> arrived)
    {
        int at = 0;
        if (!_open)
        {
            at = HttpAnswer.HeadLength(arrived);
            if (at == 0)
            {
                return 0;
            }

            if (HttpAnswer.Status(arrived) != 200)
            {
                Refuse(arrived);
                return at;
            }

            _open = true;
            _chunked = HttpAnswer.IsChunked(arrived[..at]);
        }

        if (!_chunked)
        {
            return at + TakeBlocks(arrived[at..]);
        }

        int taken = HttpAnswer.JoinChunks(arrived[at..], out int joined, out bool ended);
        if (ended)
        {
            Fault ??= "the event stream ended";
        }

        ReadOnlySpan<byte> text = arrived.Slice(at, joined);
        if (_block.Length > 0) // the rare case: a block was cut between chunks
        {
            text = (byte[])[.. _block, .. text];
        }

        int blocks = TakeBlocks(text);
        _block = blocks == text.Length ? [] : text[blocks..].ToArray();
        return at + taken;
    }

    private int TakeBlocks(ReadOnlySpan<byte> text)
    {
        int at = 0;
        while (text[at..].IndexOf("\n\n"u8) is >= 0 and int length)
        {
            Take(text.Slice(at, length));
            at += length + 2;
        }

        return at;
    }

    private void Take(ReadOnlySpan<byte> block)
    {
        if (!Ready) // the first block carries the position to go on from
        {
            Ready = true;
            return;
        }

        while (block.Length > 0 && block[0] == (byte)':') // comment lines are heartbeats
        {
            int line = block.IndexOf((byte)'\n');
            block = line < 0 ? [] : block[(line + 1)..];
        }

        if (block.Length == 0)
        {
            return;
        }

        if (marker is not null)
        {
            DeliverAll(block, marker);
            return;
        }

        if (block.IndexOf("event: godwit"u8) >= 0)
        {
            Refuse(block);
            return;
        }

        int id = block.StartsWith("id: "u8) ? 4 : block.IndexOf("\nid: "u8) is > 0 and int before ? before + 5 : 0;
        int offset = id == 0 ? -1 : block[id..].IndexOf((byte)'-');
        if (offset >= 0 && Utf8Parser.TryParse(block[(id + offset + 1)..], out long number, out _))
        {
            Deliver(number);
        }
        else
        {
            Refuse(block);
        }
    }
}
