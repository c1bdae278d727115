using System.Buffers;
using System.IO.Pipelines;
using System.Numerics;
using Godwit.Access;
using Godwit.Instruments;
using Godwit.Limits;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Godwit.AspNetCore.Requests;

/// <summary>Bodies that are looked at when all of them is there.</summary>
internal static class WholeBody
{
    private const int LeastBound = 64 << 10;
    private const long LeastPiece = 256;

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
    /// <param name="limits">How long it may take, and what it may hold meanwhile.</param>
    /// <param name="caller">Who sends it.</param>
    /// <param name="most">The most octets that may arrive.</param>
    /// <param name="state">What the functions need to know.</param>
    /// <param name="take">Takes the body.</param>
    /// <param name="tooLarge">Says what becomes of a body of which so many octets have come.</param>
    /// <exception cref="BadHttpRequestException">The body was malformed, broke off, came too slowly (status 408), or there is no memory for it (503).</exception>
    public static async ValueTask<TTaken> ReadAsync<TState, TTaken>(PipeReader reader, BodyLimits limits, Caller caller, int most, TState state, Take<TState, TTaken> take, Func<long, TState, TTaken> tooLarge)
    {
        BodyMemory? memory = null;
        int length = 0;
        long held = 0;
        using var end = new CancellationTokenSource(limits.Timeout, limits.Time);
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(end.Token).ConfigureAwait(false);
                ReadOnlySequence<byte> buffer = read.Buffer;
                long total = length + buffer.Length;
                if (total > most)
                {
                    reader.AdvanceTo(buffer.End);
                    return tooLarge(total, state);
                }

                if (read.IsCompleted && length == 0 && buffer.IsSingleSegment)
                {
                    TTaken whole = take(buffer.FirstSpan, state);
                    reader.AdvanceTo(buffer.End);
                    return whole;
                }

                memory ??= new BodyMemory();
                if (memory.Length < total)
                {
                    // Memory is taken as the body arrives, not as its head announces.
                    int larger = (int)Math.Min(most, (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Max(LeastPiece, total * 2)));
                    if (larger > BodyLimits.Free)
                    {
                        if (!limits.TryTake(caller, larger - held))
                        {
                            reader.AdvanceTo(buffer.End);
                            GodwitMeter.Hit(LimitNames.Bodies);
                            throw new BadHttpRequestException("Send it again, in one piece if it is small.", StatusCodes.Status503ServiceUnavailable);
                        }

                        held = larger;
                    }

                    memory.Grow(larger);
                }

                buffer.CopyTo(memory.Span[length..]);
                length = (int)total;
                reader.AdvanceTo(buffer.End);
                if (read.IsCompleted)
                {
                    return take(memory.Span[..length], state);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The body took too long.", StatusCodes.Status408RequestTimeout);
        }
        finally
        {
            memory?.Dispose();
            if (held > 0)
            {
                limits.TryTake(caller, -held);
            }
        }
    }
}
