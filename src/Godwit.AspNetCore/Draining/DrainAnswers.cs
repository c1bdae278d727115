using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Draining;

/// <summary>What answers have in common while the server drains.</summary>
internal static class DrainAnswers
{
    private const int LeastRetry = 1000;
    private const int MostRetry = 3000;

    /// <summary>The refusal of what would last: a stream, or a poll that would be held.</summary>
    /// <remarks>Whoever is refused here has come to the wrong server; the times to try again are spread.</remarks>
    public static Problem Refusal() => new(ErrorCode.Drain, "Send the request again, to another server if there is one.")
    {
        RetryAfter = TimeSpan.FromMilliseconds(Random.Shared.Next(LeastRetry, MostRetry + 1)),
    };

    /// <summary>Has the client take its next request elsewhere, if the server drains and the answer has not begun.</summary>
    public static void DismissIf(bool drains, HttpContext context)
    {
        if (drains && !context.Response.HasStarted)
        {
            Dismiss(context);
        }
    }

    /// <summary>Has the client take its next request elsewhere.</summary>
    public static void Dismiss(HttpContext context)
    {
        string protocol = context.Request.Protocol;
        if (HttpProtocol.IsHttp11(protocol) || HttpProtocol.IsHttp10(protocol))
        {
            context.Response.Headers.Connection = "close";
            return;
        }

        // HTTP/2: GOAWAY. Streams that are open go on to their end (RFC 9113 section 6.8).
        context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
    }
}
