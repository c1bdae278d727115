using System.Buffers.Text;

namespace Godwit.Bench.Generator;

/// <summary>The little of HTTP/1.1 that the answers of the measured systems need.</summary>
internal static class HttpAnswer
{
    /// <summary>The length of the answer's head with its blank line, 0 while it is incomplete.</summary>
    public static int HeadLength(ReadOnlySpan<byte> arrived) => arrived.IndexOf("\r\n\r\n"u8) is >= 0 and int at ? at + 4 : 0;

    /// <summary>The status of an answer whose head is there.</summary>
    public static int Status(ReadOnlySpan<byte> head) => Utf8Parser.TryParse(head[9..], out int status, out _) ? status : 0;

    /// <summary>Whether the body is chunked.</summary>
    public static bool IsChunked(ReadOnlySpan<byte> head) => head.IndexOf("ransfer-Encoding: chunked\r\n"u8) >= 0;

    /// <summary>The value of a field of the head, named with the line's end before it and the separator behind; empty without.</summary>
    public static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        int at = head.IndexOf(name);
        ReadOnlySpan<byte> value = at < 0 ? default : head[(at + name.Length)..];
        return value.IndexOf("\r\n"u8) is > 0 and int end ? value[..end] : default;
    }

    /// <summary>Finds a whole answer at the start of what arrived. A chunked body is joined in place, which only a whole answer allows.</summary>
    public static bool TryTake(Span<byte> arrived, out int length, out int status, out Span<byte> body)
    {
        length = status = 0;
        body = default;
        int head = HeadLength(arrived);
        if (head == 0)
        {
            return false;
        }

        status = Status(arrived);
        if (IsChunked(arrived[..head]))
        {
            if (!TryMeasureChunks(arrived[head..], out int chunks))
            {
                return false;
            }

            JoinChunks(arrived.Slice(head, chunks), out int joined, out _);
            body = arrived.Slice(head, joined);
            length = head + chunks;
            return true;
        }

        int size = 0;
        if (arrived[..head].IndexOf("ontent-Length: "u8) is >= 0 and int at)
        {
            Utf8Parser.TryParse(arrived[(at + 15)..head], out size, out _);
        }

        if (arrived.Length < head + size)
        {
            return false;
        }

        body = arrived.Slice(head, size);
        length = head + size;
        return true;
    }

    /// <summary>Moves the content of the complete chunks to the front. Returns how many octets of chunks were taken; <paramref name="ended"/> when the last of them was the final one.</summary>
    public static int JoinChunks(Span<byte> chunks, out int joined, out bool ended)
    {
        int at = 0;
        joined = 0;
        ended = false;
        while (TryReadChunk(chunks[at..], out int content, out int size, out int whole))
        {
            chunks.Slice(at + content, size).CopyTo(chunks[joined..]);
            joined += size;
            at += whole;
            if (size == 0)
            {
                ended = true;
                break;
            }
        }

        return at;
    }

    private static bool TryMeasureChunks(ReadOnlySpan<byte> chunks, out int length)
    {
        length = 0;
        while (TryReadChunk(chunks[length..], out _, out int size, out int whole))
        {
            length += whole;
            if (size == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryReadChunk(ReadOnlySpan<byte> chunk, out int content, out int size, out int whole)
    {
        content = size = whole = 0;
        int line = chunk.IndexOf("\r\n"u8);
        if (line < 0 || !Utf8Parser.TryParse(chunk[..line], out size, out _, 'x'))
        {
            return false;
        }

        content = line + 2;
        whole = content + size + 2;
        return chunk.Length >= whole;
    }
}
