namespace Godwit.Bench.Generator;

/// <summary>Holds a long poll, and follows the answer's <c>next</c> link at once.</summary>
internal sealed class LongPollReader(Ledger ledger, string room, string position) : Reader(ledger)
{
    private static readonly byte[] s_end = " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: application/json\r\n\r\n"u8.ToArray();
    private readonly byte[] _request = System.Text.Encoding.ASCII.GetBytes($"GET {room}?after={position}&wait=55");
    private readonly int _path = 4 + room.Length;

    public override void Open()
    {
        Send([.. _request, .. s_end]);
        Ready = true; // a held poll gives no sign
    }

    public override int Consume(Span<byte> arrived)
    {
        int at = 0;
        while (HttpAnswer.TryTake(arrived[at..], out int length, out int status, out Span<byte> body))
        {
            at += length;
            if (status != 200 || body.IndexOf("\"verdict\":\"ok\""u8) < 0)
            {
                Refuse(arrived);
                break;
            }

            DeliverAll(body, "\"offset\":"u8);
            Follow(body);
        }

        return at;
    }

    private void Follow(ReadOnlySpan<byte> body)
    {
        int link = body.LastIndexOf("\"next\":\""u8);
        int end = link < 0 ? -1 : body[(link + 8)..].IndexOf((byte)'"');
        if (end < 0)
        {
            Refuse(body);
            return;
        }

        ReadOnlySpan<byte> next = body.Slice(link + 8, end);
        if (next.IndexOf((byte)'\\') >= 0)
        {
            Refuse(next); // an escape in the link: this reader does not undo it
            return;
        }

        Span<byte> request = stackalloc byte[_path + next.Length + s_end.Length];
        _request.AsSpan(0, _path).CopyTo(request);
        next.CopyTo(request[_path..]);
        s_end.CopyTo(request[(_path + next.Length)..]);
        Send(request);
    }
}
