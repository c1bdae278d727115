using Microsoft.AspNetCore.Http.Extensions;

namespace Godwit.Samples.Chat.Accounts;

/// <summary>Lets in requests of this application's own pages: a page of another origin could use the visitor's cookie, or sign the visitor in as somebody else.</summary>
internal static class OwnOrigin
{
    /// <summary>Refuses a request whose <c>Origin</c> is another than the one it was sent to, or absent. Browsers send it with every POST.</summary>
    public static ValueTask<object?> CheckAsync(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        HttpRequest request = invocation.HttpContext.Request;
        string own = UriHelper.BuildAbsolute(request.Scheme, request.Host).TrimEnd('/');
        return string.Equals(request.Headers.Origin, own, StringComparison.OrdinalIgnoreCase)
            ? next(invocation)
            : ValueTask.FromResult<object?>(TypedResults.Problem(statusCode: StatusCodes.Status403Forbidden, title: "This is for the pages of the chat alone."));
    }
}
