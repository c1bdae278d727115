using System.Reflection;
using System.Text;
using System.Text.Encodings.Web;
using Godwit.AspNetCore.Files;

namespace Godwit.Server.Pages;

/// <summary>The files of the lab.</summary>
internal static class LabFiles
{
    /// <summary>The name of the page at <c>/</c>; other pages have an address under <c>/lab/</c>.</summary>
    public const string Index = "index.html";

    private const string Folder = "lab/";
    private const string MountInPage = "<meta name=\"godwit-mount\" content=\"/rt\">";

    /// <summary>Reads all files out of the program, by their path in the folder.</summary>
    /// <param name="mount">Where the rooms and sessions are; the pages are told.</param>
    public static Dictionary<string, ServedFile> ReadAll(string mount)
    {
        Assembly program = typeof(LabFiles).Assembly;
        var files = new Dictionary<string, ServedFile>(StringComparer.Ordinal);
        foreach (string resource in program.GetManifestResourceNames())
        {
            if (resource.StartsWith(Folder, StringComparison.Ordinal))
            {
                string path = resource[Folder.Length..];
                byte[] bytes = ServedFile.Read(program, resource);
                files[path] = ServedFile.Of(path.EndsWith(".html", StringComparison.Ordinal) ? WithMount(bytes, mount) : bytes, ContentTypeOf(path));
            }
        }

        return files;
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
