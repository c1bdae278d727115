using Godwit.AspNetCore.Endpoints;
using Godwit.AspNetCore.Problems;

namespace Godwit.Server.Hosting;

/// <summary>Answers requests for which there is no endpoint: 404 with a problem document (RFC 9457) that says where rooms are.</summary>
internal sealed class UnknownPath(string mount)
{
    private readonly Problem _problem = MountPaths.Under(mount.TrimEnd('/')).Unknown();

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint() is null ? ProblemWriter.WriteAsync(context, _problem) : next(context);
}
