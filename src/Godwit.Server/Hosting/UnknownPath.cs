using Godwit.AspNetCore.Problems;
using Godwit.Protocol;

namespace Godwit.Server.Hosting;

/// <summary>Answers requests for which there is no endpoint: 404 with a problem document (RFC 9457) that says where rooms are.</summary>
internal sealed class UnknownPath(string mount)
{
    private readonly Problem _problem = new(ErrorCode.PathUnknown, $"Rooms are at {mount}/rooms/NAME.") { Allowed = [$"{mount}/rooms/{{room}}", $"{mount}/publish"] };

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint() is null ? ProblemWriter.WriteAsync(context, _problem) : next(context);
}
