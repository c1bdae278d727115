using System.Collections.Frozen;
using System.Reflection;
using Godwit.AspNetCore.Files;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>The modules of the JavaScript client, out of this assembly: <c>client.js</c>, and what it imports from <c>client/</c>.</summary>
internal sealed class ClientEndpoint
{
    /// <summary>The route parameter with a module's path within <c>client/</c>.</summary>
    public const string PathParameter = "path";

    private const string Folder = "godwit-client/";
    private const string Entry = "client.js";

    private static readonly string[] Methods = ["GET", "HEAD", "OPTIONS"];

    private readonly FrozenDictionary<string, ServedFile> _modules = ReadAll();

    /// <summary>Answers the request.</summary>
    public Task RunAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (HttpMethods.IsOptions(request.Method))
        {
            context.Response.Headers.Allow = string.Join(", ", Methods);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }

        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
        {
            return ProblemWriter.WriteAsync(context, new Problem(ErrorCode.MethodUnsupported, "The client's modules take GET and HEAD.") { Allowed = Methods });
        }

        string path = request.RouteValues[PathParameter] is string module ? $"client/{module}" : Entry;
        return _modules.TryGetValue(path, out ServedFile? file)
            ? file.AnswerAsync(context)
            : ProblemWriter.WriteAsync(context, new Problem(ErrorCode.PathUnknown, "The client has no such module; import client.js."));
    }

    private static FrozenDictionary<string, ServedFile> ReadAll()
    {
        Assembly assembly = typeof(ClientEndpoint).Assembly;
        return assembly.GetManifestResourceNames()
            .Where(static name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToFrozenDictionary(
                static name => name[Folder.Length..],
                name => ServedFile.Of(ServedFile.Read(assembly, name), "text/javascript; charset=utf-8"),
                StringComparer.Ordinal);
    }
}
