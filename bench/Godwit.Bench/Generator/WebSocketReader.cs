using System.Buffers.Binary;

namespace Godwit.Bench.Generator;

/// <summary>Reads entries from WebSocket text frames.</summary>
/// <param name="ledger">What checks the entries.</param>
/// <param name="request">The upgrade request.</param>
/// <param name="dialect">What the system says over a WebSocket.</param>
internal sealed class WebSocketReader(Ledger ledger, byte[] request, WebSocketDialect dialect) : Reader(ledger)
{
    private bool _upgraded;
    private byte[] _fragments = [];

    public override void Open() => Send(request);

    public override int Consume(Span<byte> arrived)
    {
        int at = 0;
        if (!_upgraded)
        {
            at = HttpAnswer.HeadLength(arrived);
            if (at == 0)
            {
                return 0;
            }

            if (HttpAnswer.Status(arrived) != 101)
            {
                Refuse(arrived);
                return at;
            }

            _upgraded = true;
            Ready = dialect.Welcome is null;
            if (dialect.Greeting is not null)
            {
                SendMasked(0x81, dialect.Greeting);
            }
        }

        while (TryReadHead(arrived[at..], out int head, out int size) && arrived.Length - at >= head + size)
        {
            Take(arrived[at], arrived.Slice(at + head, size));
            at += head + size;
        }

        return at;
    }

    private void Take(byte first, ReadOnlySpan<byte> payload)
    {
        switch (first)
        {
            case 0x01 or 0x00: // a message in fragments: rare, and joined the plain way
                _fragments = [.. _fragments, .. payload];
                break;
            case 0x80:
                byte[] whole = [.. _fragments, .. payload];
                _fragments = [];
                Take(0x81, whole);
                break;
            case 0x81:
                if (payload.SequenceEqual(dialect.Ping))
                {
                    SendMasked(0x81, dialect.Pong);
                }
                else if (!Ready)
                {
                    Ready = payload.StartsWith(dialect.Welcome);
                    if (!Ready && (dialect.Preamble is null || !payload.StartsWith(dialect.Preamble)))
                    {
                        Refuse(payload);
                    }
                }
                else
                {
                    DeliverAll(payload, dialect.Marker);
                    if (payload.IndexOf("\"op\":\"gap\""u8) >= 0 || payload.IndexOf("\"op\":\"reset\""u8) >= 0)
                    {
                        Refuse(payload);
                    }
                }

                break;
            case 0x89:
                SendMasked(0x8a, payload);
                break;
            case 0x8a:
                break;
            default:
                Fault ??= $"a WebSocket frame that begins with 0x{first:x2}";
                break;
        }
    }

    private static bool TryReadHead(ReadOnlySpan<byte> frame, out int head, out int size)
    {
        head = size = 0;
        if (frame.Length < 2)
        {
            return false;
        }

        size = frame[1];
        head = size == 127 ? 10 : size == 126 ? 4 : 2;
        if (frame.Length < head)
        {
            return false;
        }

        size = head == 10 ? (int)BinaryPrimitives.ReadInt64BigEndian(frame[2..]) : head == 4 ? BinaryPrimitives.ReadUInt16BigEndian(frame[2..]) : size;
        return true;
    }

    // A masking key of zeros leaves the payload as it is; a server cannot tell and unmasks as always.
    private void SendMasked(byte first, ReadOnlySpan<byte> payload)
    {
        Span<byte> frame = stackalloc byte[6 + payload.Length];
        frame[0] = first;
        frame[1] = (byte)(0x80 | payload.Length);
        frame[2..6].Clear();
        payload.CopyTo(frame[6..]);
        Send(frame);
    }
}
