using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Godwit.Protocol.Json;

/// <summary>The <c>error</c> frame: <c>{"op":"error","id"?,"room"?,"code","title","detail"?,"field"?,"retry"?}</c>.</summary>
public static class ErrorFrame
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Composes the frame's JSON text.</summary>
    /// <param name="code">The kind of fault.</param>
    /// <param name="room">The room it is about, or null.</param>
    /// <param name="detail">What is wrong this time, and the rule, or null.</param>
    /// <param name="retry">When trying again makes sense, or null; written as whole milliseconds.</param>
    /// <param name="id">The JSON text of the id of the frame that is answered; empty where there is none.</param>
    /// <param name="field">The field at fault, or null.</param>
    public static byte[] Compose(
        ErrorCode code, string? room = null, string? detail = null, TimeSpan? retry = null, ReadOnlySpan<byte> id = default, string? field = null)
    {
        ArgumentNullException.ThrowIfNull(code);
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("op"u8, "error"u8);
            if (!id.IsEmpty)
            {
                json.WritePropertyName("id"u8);
                json.WriteRawValue(id, skipInputValidation: true);
            }

            if (room is not null)
            {
                json.WriteString("room"u8, room);
            }

            json.WriteString("code"u8, code.Code);
            json.WriteString("title"u8, code.Title);
            if (detail is not null)
            {
                json.WriteString("detail"u8, detail);
            }

            if (field is not null)
            {
                json.WriteString("field"u8, field);
            }

            if (retry is { } after)
            {
                json.WriteNumber("retry"u8, (long)Math.Ceiling(after.TotalMilliseconds));
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
