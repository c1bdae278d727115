using System.Text;

namespace Godwit.Bench.Generator;

/// <summary>Holds a long poll at nchan, and asks for the next message by the validators of the answer at once.</summary>
internal sealed class NchanPollReader(Ledger ledger, string path) : Reader(ledger)
{
    private readonly byte[] _start = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n");

    public override void Open()
    {
        Send([.. _start, .. "\r\n"u8]);
        Ready = true; // a held poll gives no sign
    }

    public override int Consume(Span<byte> arrived)
    {
        int at = 0;
        while (HttpAnswer.TryTake(arrived[at..], out int length, out int status, out Span<byte> body))
        {
            ReadOnlySpan<byte> answer = arrived.Slice(at, length);
            ReadOnlySpan<byte> modified = HttpAnswer.Field(answer, "\r\nLast-Modified: "u8);
            ReadOnlySpan<byte> tag = HttpAnswer.Field(answer, "\r\nEtag: "u8);
            at += length;
            if (status != 200 || modified.IsEmpty || tag.IsEmpty)
            {
                Refuse(answer);
                break;
            }

            DeliverAll(body, "\"n\":"u8);
            Ask(modified, tag);
        }

        return at;
    }

    private void Ask(ReadOnlySpan<byte> modified, ReadOnlySpan<byte> tag)
    {
        Span<byte> request = stackalloc byte[512];
        int length = 0;
        Append(request, ref length, _start);
        Append(request, ref length, "If-Modified-Since: "u8);
        Append(request, ref length, modified);
        Append(request, ref length, "\r\nIf-None-Match: "u8);
        Append(request, ref length, tag);
        Append(request, ref length, "\r\n\r\n"u8);
        Send(request[..length]);
    }

    private static void Append(Span<byte> request, ref int length, ReadOnlySpan<byte> part)
    {
        part.CopyTo(request[length..]);
        length += part.Length;
    }
}
