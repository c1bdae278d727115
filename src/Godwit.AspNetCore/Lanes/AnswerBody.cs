using System.Buffers;
using System.Text;
using Godwit.AspNetCore.Draining;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Lanes;

/// <summary>Writes an answer whose length is known: a large one in pieces, each after the client has taken most of the one before.</summary>
/// <remarks>
/// Written at once, all of it would be copied into the web server's buffer, and the time that a client has for taking it would
/// grow with its length. The stall limit is here what it is for streams: how long a client may take nothing at all.
/// </remarks>
internal static class AnswerBody
{
    private const int Piece = 16 << 10;

    /// <summary>Begins the answer, and on a server that drains has the client take its next request elsewhere.</summary>
    public static void Begin(HttpContext context, GodwitEngine engine, string mediaType, int length)
    {
        // It may have come before the drain did.
        DrainAnswers.DismissIf(engine.IsDraining, context);
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = length;
    }

    /// <summary>Writes the answer, and returns when the client has taken nearly all of it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="engine">Whose limits hold.</param>
    /// <param name="octets">The answer.</param>
    /// <param name="end">What stands behind them, in ASCII.</param>
    public static ValueTask WriteAsync(HttpContext context, GodwitEngine engine, ReadOnlyMemory<byte> octets, string end = "") =>
        octets.Length > Piece ? WritePiecesAsync(context, engine, octets, end) : WritePieceAsync(context, octets, end, context.RequestAborted);

    private static async ValueTask WritePiecesAsync(HttpContext context, GodwitEngine engine, ReadOnlyMemory<byte> octets, string end)
    {
        using var stall = new CancellationTokenSource(Timeout.InfiniteTimeSpan, engine.Time);
        using CancellationTokenRegistration gone = context.RequestAborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stall);
        try
        {
            for (; octets.Length > Piece; octets = octets[Piece..])
            {
                stall.CancelAfter(engine.StallLimit);
                await WritePieceAsync(context, octets[..Piece], "", stall.Token).ConfigureAwait(false);
            }

            stall.CancelAfter(engine.StallLimit);
            await WritePieceAsync(context, octets, end, stall.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            // It cannot be told any more: what it has is a part of an answer.
            context.Abort();
        }
    }

    private static async ValueTask WritePieceAsync(HttpContext context, ReadOnlyMemory<byte> piece, string end, CancellationToken cancel)
    {
        context.Response.BodyWriter.Write(piece.Span);
        if (end.Length > 0)
        {
            Encoding.ASCII.GetBytes(end, context.Response.BodyWriter);
        }

        await context.Response.BodyWriter.FlushAsync(cancel).ConfigureAwait(false);
    }
}
