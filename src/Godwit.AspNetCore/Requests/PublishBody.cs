using System.Buffers;
using System.IO.Pipelines;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.AspNetCore.Requests;

/// <summary>The body of a publish, read and checked; or why it is refused.</summary>
internal readonly struct PublishBody
{
    private PublishBody(byte[] data, bool isBytes)
    {
        Data = data;
        IsBytes = isBytes;
    }

    private PublishBody(in Problem refusal) => Refusal = refusal;

    /// <summary>Compact JSON text or raw octets; null for a refusal.</summary>
    public byte[]? Data { get; }

    /// <summary>Whether the data is raw octets.</summary>
    public bool IsBytes { get; }

    /// <summary>What to answer where <see cref="Data"/> is null.</summary>
    public Problem Refusal { get; }

    /// <summary>Reads the body to its end, or to the point where it is too large.</summary>
    /// <remarks>A body that the server has whole when the request begins, the usual case, is checked where it lies and copied once.</remarks>
    /// <param name="request">The request; its head says how the body is taken.</param>
    /// <param name="bodyBytes">The most octets that the server takes as they arrive.</param>
    /// <param name="entryBytes">The most octets that the room stores for an entry.</param>
    /// <exception cref="BadHttpRequestException">The body was malformed, broke off or came too slowly.</exception>
    public static ValueTask<PublishBody> ReadAsync(HttpRequest request, int bodyBytes, int entryBytes)
    {
        if (!ContentType.TryRead(request.ContentType, out BodyKind kind, out Problem problem))
        {
            return new(new PublishBody(problem));
        }

        // Only the white space of JSON shrinks; a text grows by its quotation marks at least.
        var bounds = new Bounds(kind, bodyBytes, entryBytes);
        if (request.ContentLength > bounds.Most)
        {
            return new(new PublishBody(bounds.TooLarge(request.ContentLength.Value)));
        }

        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            // The bound above counts the body itself. The web server's counts the framing of chunks too and may be lower
            // than ours; it is left as a bound for what a client sends on after the refusal.
            size.MaxRequestBodySize = Math.Max(64 << 10, bodyBytes * 8L);
        }

        return ReadAsync(request.BodyReader, bounds);
    }

    private static async ValueTask<PublishBody> ReadAsync(PipeReader reader, Bounds bounds)
    {
        byte[]? rented = null;
        int length = 0;
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false);
                ReadOnlySequence<byte> buffer = read.Buffer;
                long total = length + buffer.Length;
                if (total > bounds.Most)
                {
                    reader.AdvanceTo(buffer.End);
                    return new PublishBody(bounds.TooLarge(total));
                }

                if (read.IsCompleted && rented is null && buffer.IsSingleSegment)
                {
                    PublishBody whole = Check(buffer.FirstSpan, bounds);
                    reader.AdvanceTo(buffer.End);
                    return whole;
                }

                if (rented is null || rented.Length < total)
                {
                    rented = Grow(rented, length, (int)total, bounds.Most);
                }

                buffer.CopyTo(rented.AsSpan(length));
                length = (int)total;
                reader.AdvanceTo(buffer.End);
                if (read.IsCompleted)
                {
                    return Check(rented.AsSpan(0, length), bounds);
                }
            }
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Memory is taken as the body arrives, not as its head announces.</summary>
    private static byte[] Grow(byte[]? rented, int length, int total, int most)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(total, (int)Math.Min(most, total * 2L)));
        if (rented is not null)
        {
            rented.AsSpan(0, length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(rented);
        }

        return larger;
    }

    private static PublishBody Check(ReadOnlySpan<byte> body, in Bounds bounds)
    {
        byte[]? data;
        JsonFault fault = default;
        switch (bounds.Kind)
        {
            case BodyKind.Json:
                JsonText.TryCompact(body, out data, out fault);
                break;
            case BodyKind.Text:
                JsonText.FromText(body, out data, out fault);
                break;
            default:
                data = body.ToArray();
                break;
        }

        if (data is null)
        {
            return new PublishBody(Problem.From(fault));
        }

        return data.Length > bounds.EntryBytes ? new PublishBody(PublishProblem.EntryTooLarge(data.Length, bounds.EntryBytes)) : new PublishBody(data, bounds.Kind == BodyKind.Octets);
    }

    private readonly record struct Bounds(BodyKind Kind, int BodyBytes, int EntryBytes)
    {
        /// <summary>The most octets that may arrive.</summary>
        public int Most => Kind == BodyKind.Json ? BodyBytes : Math.Min(BodyBytes, EntryBytes);

        public Problem TooLarge(long length) => length > BodyBytes
            ? new(ErrorCode.BodyTooLarge, $"The server takes bodies of up to {BodyBytes} octets.")
            : new(ErrorCode.EntryTooLarge, $"The room takes entries of up to {EntryBytes} octets.");
    }
}
