using System.Collections.Concurrent;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Records;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>Servers that are too late, or silent, when their store goes away and comes back.</summary>
internal static class PaceMutations
{
    /// <summary>All of them, with a part of what has to be said of each.</summary>
    public static IEnumerable<(Mutation Mutation, string Said)> All =>
    [
        (new("does not tell readers that the store is away", Promise.Pace) { Withholds = ProbeFrameKind.Degraded }, "was not told 'degraded'"),
        (new("does not tell readers that the store is back", Promise.Pace) { Withholds = ProbeFrameKind.Restored }, "was not told 'restored'"),
        (Late("leaves the first publisher waiting", static refusals => refusals == 0 ? 7 : 0), "the first time that has to take"),
        (Late("leaves every publisher waiting", static refusals => refusals == 0 ? 0 : 4), "after the first refusal that has to take"),
        (Refuses("does not take publishes again", stays: true, 503, "store.away"), "No publish was taken within"),
        (Refuses("refuses with another status", stays: false, 429, "publish.rate"), "and not with 503"),
        (EndsReaders(), "was ended while the store was away"),
    ];

    private static bool IsPublish(HttpContext context) => HttpMethods.IsPost(context.Request.Method) && context.Request.Path.StartsWithSegments("/rt/rooms");

    // Refusals of the pace's publisher alone, one after the other: others would be first. Their keys have one more part.
    private static bool IsPaced(HttpContext context) => IsPublish(context) && context.Request.Headers["Idempotency-Key"].ToString().Split('-').Length == 2;

    private static Mutation Late(string name, Func<int, int> seconds)
    {
        int refusals = 0;
        return new Mutation(name, Promise.Pace)
        {
            Around = async (context, next) =>
            {
                bool isPaced = IsPaced(context);
                if (!isPaced)
                {
                    await next();
                    return;
                }

                Stream body = context.Response.Body;
                using var kept = new MemoryStream();
                context.Response.Body = kept;
                await next();
                context.Response.Body = body;
                if (context.Response.StatusCode == 503)
                {
                    await Task.Delay(TimeSpan.FromSeconds(seconds(refusals++)), TimeProvider.System, context.RequestAborted);
                }

                await body.WriteAsync(kept.ToArray(), context.RequestAborted);
            },
        };
    }

    private static Mutation Refuses(string name, bool stays, int status, string code)
    {
        bool isRefused = false;
        return new Mutation(name, Promise.Pace)
        {
            Around = async (context, next) =>
            {
                if (!IsPublish(context))
                {
                    await next();
                    return;
                }

                Stream body = context.Response.Body;
                using var kept = new MemoryStream();
                context.Response.Body = kept;
                await next();
                context.Response.Body = body;
                if (context.Response.StatusCode == 503 || (stays && isRefused))
                {
                    isRefused = true;
                    kept.SetLength(0);
                    kept.Write(Encoding.UTF8.GetBytes($$"""{"type":"about:blank","title":"t","status":{{status}},"code":"{{code}}"}"""));
                    context.Response.StatusCode = status;
                    context.Response.ContentType = "application/problem+json";
                }

                context.Response.ContentLength = kept.Length;
                await body.WriteAsync(kept.ToArray(), context.RequestAborted);
            },
        };
    }

    private static Mutation EndsReaders()
    {
        var readers = new ConcurrentDictionary<HttpContext, byte>();
        return new Mutation("ends its readers when the store goes", Promise.Pace)
        {
            Around = async (context, next) =>
            {
                if (HttpMethods.IsGet(context.Request.Method))
                {
                    readers.TryAdd(context, 0);
                }

                await next();
                readers.TryRemove(context, out _);
                if (context.Response.StatusCode == 503)
                {
                    foreach (HttpContext reader in readers.Keys)
                    {
                        reader.Abort();
                    }
                }
            },
        };
    }
}
