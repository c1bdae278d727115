using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>An answer for administrators: JSON, small enough to be composed whole.</summary>
internal static class ListAnswer
{
    /// <summary>The octets above which a list goes on in the next page.</summary>
    public const int MostOctets = 1 << 20;

    /// <summary>Answers 200.</summary>
    public static async Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> compose)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            compose(json);
            json.WriteEndObject();
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = text.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(text.WrittenMemory, context.RequestAborted).ConfigureAwait(false);
    }
}
