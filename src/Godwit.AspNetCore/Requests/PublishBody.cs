using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;

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
    /// <param name="limits">What bodies may cost.</param>
    /// <param name="caller">Who sends it.</param>
    /// <param name="limit">How large the entry may be.</param>
    /// <exception cref="BadHttpRequestException">The body was malformed, broke off or came too slowly.</exception>
    public static ValueTask<PublishBody> ReadAsync(HttpRequest request, BodyLimits limits, Caller caller, in EntryLimit limit)
    {
        if (!ContentType.TryRead(request.ContentType, out BodyKind kind, out Problem problem))
        {
            return new(new PublishBody(problem));
        }

        // Only the white space of JSON shrinks; a text grows by its quotation marks at least.
        var bounds = new Bounds(kind, limits.Most, limit);
        if (request.ContentLength > bounds.Most)
        {
            return new(new PublishBody(bounds.TooLarge(request.ContentLength.Value)));
        }

        WholeBody.Allow(request, limits.Most);
        return WholeBody.ReadAsync(request.BodyReader, limits, caller, bounds.Most, bounds, static (body, bounds) => Check(body, bounds), static (total, bounds) => new PublishBody(bounds.TooLarge(total)));
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

        bool isBytes = bounds.Kind == BodyKind.Octets;
        return bounds.Limit.Refuses(data.Length, isBytes) is { } tooLarge ? new PublishBody(PublishProblem.EntryTooLarge(tooLarge)) : new PublishBody(data, isBytes);
    }

    private readonly record struct Bounds(BodyKind Kind, int BodyBytes, EntryLimit Limit)
    {
        /// <summary>The most octets that may arrive.</summary>
        public int Most => Kind == BodyKind.Json ? BodyBytes : Math.Min(BodyBytes, Kind == BodyKind.Octets ? Limit.Bytes : Limit.Json);

        public Problem TooLarge(long length) => length > BodyBytes
            ? new(ErrorCode.BodyTooLarge, $"The server takes bodies of up to {BodyBytes} octets.")
            : new(ErrorCode.EntryTooLarge, Limit.Rule + ".");
    }
}
