using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.Instruments;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Godwit.AspNetCore.Problems;

/// <summary>Answers requests with problem documents, RFC 9457.</summary>
internal static class ProblemWriter
{
    /// <summary>The media type of a problem document.</summary>
    public const string MediaType = "application/problem+json";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes the whole answer: status, headers, document.</summary>
    /// <remarks>Headers that were set before, those of CORS among them, stay.</remarks>
    public static Task WriteAsync(HttpContext context, in Problem problem)
    {
        HttpResponse response = context.Response;
        response.StatusCode = problem.Code.Status;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        response.Headers.XContentTypeOptions = "nosniff";
        SetHeaders(context, problem);
        byte[] document = Compose(problem);
        response.ContentLength = document.Length;
        return response.BodyWriter.WriteAsync(document, CancellationToken.None).AsTask();
    }

    /// <summary>The JSON text of the document.</summary>
    public static byte[] Compose(in Problem problem)
    {
        GodwitMeter.Refused(problem.Code);
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "about:blank"u8);
            json.WriteString("title"u8, problem.Code.Title);
            json.WriteNumber("status"u8, problem.Code.Status);
            json.WriteString("code"u8, problem.Code.Code);
            if (problem.Detail is not null)
            {
                json.WriteString("detail"u8, problem.Detail);
            }

            if (problem.Allowed is not null)
            {
                json.WriteStartArray("allowed"u8);
                foreach (string allowed in problem.Allowed)
                {
                    json.WriteStringValue(allowed);
                }

                json.WriteEndArray();
            }

            if (problem.Field is not null)
            {
                json.WriteString("field"u8, problem.Field);
            }

            if (problem.Line > 0)
            {
                json.WriteNumber("line"u8, problem.Line);
                if (problem.Byte > 0)
                {
                    json.WriteNumber("byte"u8, problem.Byte);
                }
            }

            if (Retry(problem) is { } retry)
            {
                json.WriteNumber("retry"u8, (long)Math.Ceiling(retry.TotalMilliseconds));
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void SetHeaders(HttpContext context, in Problem problem)
    {
        IHeaderDictionary headers = context.Response.Headers;
        bool http1 = HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol);
        switch (problem.Code.Status)
        {
            case StatusCodes.Status401Unauthorized:
                // RFC 6750 section 3: who showed nothing is told how to, who showed something that it will not do.
                headers.WWWAuthenticate = problem.Code == ErrorCode.CredentialMissing || problem.Code == ErrorCode.AccessUnconfigured
                    ? "Bearer realm=\"godwit\""
                    : "Bearer realm=\"godwit\", error=\"invalid_token\"";
                break;
            case StatusCodes.Status405MethodNotAllowed when problem.Allowed is not null:
                headers.Allow = string.Join(", ", problem.Allowed);
                break;
            case StatusCodes.Status413PayloadTooLarge when http1:
                // What the client still sends is not read: the connection cannot carry another request.
                headers.Connection = "close";
                break;
            case StatusCodes.Status415UnsupportedMediaType when problem.Allowed is not null:
                headers.Accept = string.Join(", ", problem.Allowed);
                break;
            case StatusCodes.Status426UpgradeRequired:
                headers.SecWebSocketVersion = "13";
                if (http1)
                {
                    headers.Upgrade = "websocket";
                    headers.Connection = "Upgrade";
                }

                break;
        }

        if (Retry(problem) is { } retry)
        {
            long seconds = Math.Max(1, (long)Math.Ceiling(retry.TotalSeconds));
            headers[HeaderNames.RetryAfter] = seconds.ToString(CultureInfo.InvariantCulture);
        }
    }

    private static TimeSpan? Retry(in Problem problem) =>
        problem.RetryAfter ?? (problem.Code.Temporary ? TimeSpan.FromSeconds(1) : null);
}
