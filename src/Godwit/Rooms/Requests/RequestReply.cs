using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Rooms.Requests;

/// <summary>What the application answers to a request.</summary>
public sealed class RequestReply
{
    /// <summary>The most octets of a reply's data.</summary>
    public const int MaxLength = 1 << 20;

    /// <summary>That there is nothing to say: <c>null</c>.</summary>
    public static readonly RequestReply Nothing = new("null"u8.ToArray(), null);

    private RequestReply(byte[]? data, string? refusal)
    {
        Data = data;
        Refusal = refusal;
    }

    /// <summary>The JSON text; null for a refusal.</summary>
    internal byte[]? Data { get; }

    /// <summary>Why the request is refused; null for an answer.</summary>
    internal string? Refusal { get; }

    /// <summary>Answers with a value.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">How it is written.</param>
    /// <exception cref="ArgumentException">The text is longer than <see cref="MaxLength"/>, or nested deeper than 64.</exception>
    public static RequestReply With<T>(T value, JsonTypeInfo<T> type) => WithJson(JsonSerializer.SerializeToUtf8Bytes(value, type));

    /// <summary>Answers with a JSON text.</summary>
    /// <param name="json">One JSON value in UTF-8.</param>
    /// <exception cref="ArgumentException">The text is none, is longer than <see cref="MaxLength"/>, or nested deeper than 64.</exception>
    public static RequestReply WithJson(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxLength)
        {
            throw new ArgumentException($"A reply has up to {MaxLength} octets; this one has {json.Length}.", nameof(json));
        }

        return JsonText.TryCompact(json, out byte[]? data, out JsonFault fault)
            ? new RequestReply(data, null)
            : throw new ArgumentException(fault.Detail, nameof(json));
    }

    /// <summary>Refuses the request: the client is answered an <c>error</c> with the code <c>request.refused</c>.</summary>
    /// <param name="detail">Why, for the client to read.</param>
    public static RequestReply Refuse(string detail)
    {
        ArgumentException.ThrowIfNullOrEmpty(detail);
        return new RequestReply(null, detail);
    }
}
