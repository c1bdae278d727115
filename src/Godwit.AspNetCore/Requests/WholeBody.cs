using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.AspNetCore.Requests;

/// <summary>Bodies that are looked at when all of them is there.</summary>
internal static class WholeBody
{
    private const int LeastBound = 64 << 10;

    /// <summary>Takes a body that has come to its end; the octets are the caller's until it returns.</summary>
    public delegate TTaken Take<TState, TTaken>(ReadOnlySpan<byte> body, TState state);

    /// <summary>Leaves the web server's own bound as one for what a client sends on after a refusal: it counts the framing of chunks too and may be lower than ours.</summary>
    public static void Allow(HttpRequest request, int most)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = Math.Max(LeastBound, most * 8L);
        }
    }

    /// <summary>Reads a body to its end, or to the point where it is too large.</summary>
    /// <remarks>A body that the server has whole when the request begins, the usual case, is taken where it lies.</remarks>
    /// <param name="reader">The body.</param>
    /// <param name="most">The most octets that may arrive.</param>
    /// <param name="state">What the functions need to know.</param>
    /// <param name="take">Takes the body.</param>
    /// <param name="tooLarge">Says what becomes of a body of which so many octets have come.</param>
    /// <exception cref="BadHttpRequestException">The body was malformed, broke off or came too slowly.</exception>
    public static async ValueTask<TTaken> ReadAsync<TState, TTaken>(PipeReader reader, int most, TState state, Take<TState, TTaken> take, Func<long, TState, TTaken> tooLarge)
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
                if (total > most)
                {
                    reader.AdvanceTo(buffer.End);
                    return tooLarge(total, state);
                }

                if (read.IsCompleted && rented is null && buffer.IsSingleSegment)
                {
                    TTaken whole = take(buffer.FirstSpan, state);
                    reader.AdvanceTo(buffer.End);
                    return whole;
                }

                if (rented is null || rented.Length < total)
                {
                    rented = Grow(rented, length, (int)total, most);
                }

                buffer.CopyTo(rented.AsSpan(length));
                length = (int)total;
                reader.AdvanceTo(buffer.End);
                if (read.IsCompleted)
                {
                    return take(rented.AsSpan(0, length), state);
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
}
