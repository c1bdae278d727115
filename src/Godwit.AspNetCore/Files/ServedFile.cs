using System.Buffers.Text;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Godwit.AspNetCore.Files;

/// <summary>A file that is inside an assembly and sent as it stands.</summary>
/// <param name="Bytes">The content.</param>
/// <param name="ContentType">Its media type, with the charset for text.</param>
/// <param name="Tag">The strong validator of exactly these bytes (RFC 9110 §8.8.3).</param>
internal sealed record ServedFile(byte[] Bytes, string ContentType, EntityTagHeaderValue Tag)
{
    /// <summary>A file of these bytes.</summary>
    public static ServedFile Of(byte[] bytes, string contentType)
    {
        string hash = Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, 15));
        return new ServedFile(bytes, contentType, new EntityTagHeaderValue($"\"{hash}\""));
    }

    /// <summary>The bytes of a resource.</summary>
    public static byte[] Read(Assembly assembly, string resource)
    {
        using Stream stream = assembly.GetManifestResourceStream(resource)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Answers a GET or a HEAD with the file, or with 304 where the client holds it already.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        IHeaderDictionary headers = context.Response.Headers;

        // Asked about anew each time, so that a page never runs with the scripts of an older server.
        headers.CacheControl = "no-cache";
        headers.ETag = Tag.ToString();
        if (IsHeld(request))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = ContentType;
        context.Response.ContentLength = Bytes.Length;
        return HttpMethods.IsHead(request.Method)
            ? Task.CompletedTask
            : context.Response.Body.WriteAsync(Bytes, context.RequestAborted).AsTask();
    }

    /// <summary>Whether the client holds these bytes already: <c>If-None-Match</c>, RFC 9110 §13.1.2, which compares weakly.</summary>
    private bool IsHeld(HttpRequest request) =>
        EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out IList<EntityTagHeaderValue>? held)
        && held.Any(each => each.Equals(EntityTagHeaderValue.Any) || each.Compare(Tag, useStrongComparison: false));
}
