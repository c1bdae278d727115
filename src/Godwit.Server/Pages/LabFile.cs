using System.Buffers.Text;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.Net.Http.Headers;

namespace Godwit.Server.Pages;

/// <summary>One file of the lab, as it is sent.</summary>
/// <param name="Bytes">The content.</param>
/// <param name="ContentType">Its media type, with the charset for text.</param>
/// <param name="Tag">The strong validator of exactly these bytes (RFC 9110 §8.8.3).</param>
internal sealed record LabFile(byte[] Bytes, string ContentType, EntityTagHeaderValue Tag)
{
    /// <summary>The name of the page at <c>/</c>; other pages have an address under <c>/lab/</c>.</summary>
    public const string Index = "index.html";

    private const string Folder = "lab/";
    private const string MountInPage = "<meta name=\"godwit-mount\" content=\"/rt\">";

    /// <summary>Reads all files out of the program, by their path in the folder.</summary>
    /// <param name="mount">Where the rooms and sessions are; the pages are told.</param>
    public static Dictionary<string, LabFile> ReadAll(string mount)
    {
        Assembly program = typeof(LabFile).Assembly;
        var files = new Dictionary<string, LabFile>(StringComparer.Ordinal);
        foreach (string resource in program.GetManifestResourceNames())
        {
            if (resource.StartsWith(Folder, StringComparison.Ordinal))
            {
                string path = resource[Folder.Length..];
                byte[] bytes = Read(program, resource);
                files[path] = Of(path, path.EndsWith(".html", StringComparison.Ordinal) ? WithMount(bytes, mount) : bytes);
            }
        }

        return files;
    }

    private static LabFile Of(string path, byte[] bytes)
    {
        string hash = Base64Url.EncodeToString(SHA256.HashData(bytes).AsSpan(0, 15));
        return new LabFile(bytes, ContentTypeOf(path), new EntityTagHeaderValue($"\"{hash}\""));
    }

    private static byte[] Read(Assembly program, string resource)
    {
        using Stream stream = program.GetManifestResourceStream(resource)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private static byte[] WithMount(byte[] page, string mount)
    {
        string html = Encoding.UTF8.GetString(page);
        if (!html.Contains(MountInPage, StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"A page of the lab lacks {MountInPage}.");
        }

        return Encoding.UTF8.GetBytes(html.Replace(MountInPage, MountInPage.Replace("/rt", HtmlEncoder.Default.Encode(mount), StringComparison.Ordinal), StringComparison.Ordinal));
    }

    private static string ContentTypeOf(string path) => Path.GetExtension(path) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".txt" => "text/plain; charset=utf-8",
        _ => throw new InvalidOperationException($"The lab has no media type for {path}."),
    };
}
