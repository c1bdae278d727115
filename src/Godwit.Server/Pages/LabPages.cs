using System.Collections.Frozen;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Files;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;

namespace Godwit.Server.Pages;

/// <summary>Serves the lab page at <c>/</c> and its files under <c>/lab/</c>, out of the program itself.</summary>
internal static class LabPages
{
    /// <summary>What the page may do: run and style itself with its own files, and talk to this server. No text becomes HTML or code.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private static readonly string[] Methods = ["GET", "HEAD"];

    /// <summary>Maps the lab page.</summary>
    /// <param name="endpoints">The server's endpoints.</param>
    /// <param name="everyone">Whether all requests are answered (<c>--lab</c>), not only local ones.</param>
    /// <param name="mount">Where the rooms are, for example <c>/rt</c>.</param>
    public static void MapLabPages(this IEndpointRouteBuilder endpoints, bool everyone, string mount)
    {
        FrozenDictionary<string, ServedFile> files = LabFiles.ReadAll(mount).ToFrozenDictionary(StringComparer.Ordinal);
        endpoints.Map("/", context => AnswerAsync(context, everyone, files[LabFiles.Index]));
        endpoints.MapPost("/lab/head", context => Admits(context, everyone, out Problem refusal) ? RequestHead.AnswerAsync(context) : ProblemWriter.WriteAsync(context, refusal));
        endpoints.Map("/lab/{**path}", context => AnswerAsync(
            context, everyone, context.GetRouteValue("path") is string path && path != LabFiles.Index ? files.GetValueOrDefault(path) : null));
    }

    /// <summary>Sets the headers of every answer, and says whether the request is answered.</summary>
    private static bool Admits(HttpContext context, bool everyone, out Problem refusal)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        refusal = default;
        if (everyone || LocalRequest.WhyNot(context) is not { } why)
        {
            return true;
        }

        refusal = new Problem(ErrorCode.AccessUnconfigured, $"This request is not local: {why}. To show the lab page to everyone, start the server with --lab.");
        return false;
    }

    private static Task AnswerAsync(HttpContext context, bool everyone, ServedFile? file)
    {
        HttpRequest request = context.Request;
        if (!Admits(context, everyone, out Problem refusal))
        {
            return ProblemWriter.WriteAsync(context, refusal);
        }

        if (file is null)
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.PathUnknown, "The lab page is at /.") { Allowed = ["/"] });
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "The lab page takes GET and HEAD.") { Allowed = Methods });
        }

        return file.AnswerAsync(context);
    }
}
