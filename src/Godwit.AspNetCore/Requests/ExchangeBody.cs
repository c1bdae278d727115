using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Godwit.Sessions.Exchanges;
using Godwit.Sessions.Frames;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Requests;

/// <summary>The body of a session exchange or a session stream, read and checked; or why it is refused.</summary>
/// <param name="Request">What it asks for; null for a refusal.</param>
/// <param name="Refusal">What to answer then.</param>
internal readonly record struct ExchangeBody(ExchangeRequest? Request, Problem Refusal)
{
    private static readonly string[] MediaTypes = ["application/json"];

    /// <summary>Reads the body to its end, or to the point where it is too large.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limits">What bodies may cost.</param>
    /// <param name="caller">Who sends it.</param>
    /// <exception cref="BadHttpRequestException">The body was malformed, broke off or came too slowly.</exception>
    public static ValueTask<ExchangeBody> ReadAsync(HttpRequest request, BodyLimits limits, Caller caller)
    {
        if (!ContentType.TryRead(request.ContentType, out BodyKind kind, out _) || kind != BodyKind.Json)
        {
            return new(new ExchangeBody(null, new Problem(ErrorCode.MediaTypeUnsupported, "An exchange is sent with Content-Type: application/json.") { Allowed = MediaTypes }));
        }

        int bodyBytes = limits.Most;
        if (request.ContentLength > bodyBytes)
        {
            return new(TooLarge(bodyBytes));
        }

        WholeBody.Allow(request, bodyBytes);
        return WholeBody.ReadAsync(request.BodyReader, limits, caller, bodyBytes, bodyBytes, static (body, _) => Read(body), static (_, most) => TooLarge(most));
    }

    private static ExchangeBody Read(ReadOnlySpan<byte> body) =>
        ExchangeRequestReader.TryRead(body, out ExchangeRequest? request, out FrameFault fault) ? new(request, default) : new(null, Problem.From(fault));

    private static ExchangeBody TooLarge(int most) => new(null, new Problem(ErrorCode.BodyTooLarge, $"The server takes bodies of up to {most} octets."));
}
