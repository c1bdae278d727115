using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Records;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>Servers that do something else with requests than what they are asked for.</summary>
internal static class RequestMutations
{
    private const string Key = "Idempotency-Key";

    /// <summary>All of them.</summary>
    public static IEnumerable<Mutation> All =>
    [
        new("forgets idempotency keys, so that a repeated publish is stored twice", Promise.PublishOnce)
        {
            Around = static (context, next) =>
            {
                context.Request.Headers.Remove(Key);
                return next();
            },
        },
        Position("answers a repeated publish with another position", static (position, duplicate) => duplicate ? (Moved(position, 1), true) : (position, false), Promise.PublishOnce),
        Position("says that a new publish is a duplicate", static (position, _) => (position, true), Promise.PublishOnce),
        Position("says that a duplicate is new", static (position, _) => (position, false), Promise.PublishOnce),
        Position("acknowledges with the offset of an entry before", static (position, duplicate) => (Moved(position, duplicate ? 0 : -1), duplicate), Promise.Order, Promise.AcknowledgedIsStored, Promise.NoContradiction),
        AcknowledgesWithoutStoring(),
        AcknowledgesBeforeStoring(),
        new("stores what it refuses", Promise.PublishOnce, Promise.WireContract) { Around = static (context, next) => RefuseAsync(context, next) },
        Reuses(),
        new("never answers some readers", Promise.HonestVerdict, Promise.NoLoss) { Around = static (context, next) => HangAsync(context, next) },
        new("feeds a user whose credentials are revoked", Promise.Access) { NeedsRevocation = true, Around = static (context, next) => ForgetAsync(context, next) },
        new("refuses readers for good without a reason", Promise.WireContract)
        {
            Around = static (context, next) => HttpMethods.IsGet(context.Request.Method) && context.Request.Query["after"].ToString().EndsWith('a') ? ProblemAsync(context, 404, "path.unknown") : next(),
        },
        Presents("lists members that have left", "\"present\":false", "\"present\":true"),
        Presents("does not list who joins as a member", "\"present\":true", "\"present\":false"),
        StaysAway(),
        new("carries out the lines of a request in another order", Promise.Order) { Batch = 4, Around = static (context, next) => context.Request.Path == "/rt/publish" ? TurnAroundAsync(context, next) : next() },
    ];

    private static bool IsPublish(HttpContext context) => HttpMethods.IsPost(context.Request.Method) && context.Request.Path.StartsWithSegments("/rt/rooms");

    private static string Moved(string position, long by)
    {
        string[] parts = position.Split('-');
        long offset = Math.Max(1, long.Parse(parts[1], CultureInfo.InvariantCulture) + by);
        return string.Create(CultureInfo.InvariantCulture, $"{parts[0]}-{offset}-{parts[2]}");
    }

    private static Mutation Position(string name, Func<string, bool, (string, bool)> change, params Promise[] breaks) => new(name, breaks)
    {
        Around = async (context, next) =>
        {
            if (!IsPublish(context))
            {
                await next();
                return;
            }

            using JsonDocument? answer = await AnswerOfAsync(context, next);
            if (answer is not null)
            {
                (string position, bool duplicate) = change(answer.RootElement.GetProperty("position").GetString()!, answer.RootElement.GetProperty("duplicate").GetBoolean());
                await AcknowledgeAsync(context, position, duplicate);
            }
        },
    };

    // What the next offset would be is acknowledged, and the body thrown away.
    private static Mutation AcknowledgesWithoutStoring()
    {
        var last = new ConcurrentDictionary<string, string>();
        int count = 0;
        return new Mutation("acknowledges a publish and does not store it", Promise.AcknowledgedIsStored, Promise.NoContradiction, Promise.NoLoss)
        {
            Around = async (context, next) =>
            {
                if (!IsPublish(context))
                {
                    await next();
                }
                else if (last.TryGetValue(context.Request.Path, out string? position) && Interlocked.Increment(ref count) % 10 == 0)
                {
                    await AcknowledgeAsync(context, last[context.Request.Path] = Moved(position, 1), duplicate: false);
                }
                else if (await AnswerOfAsync(context, next) is { } answer)
                {
                    using (answer)
                    {
                        last[context.Request.Path] = answer.RootElement.GetProperty("position").GetString()!;
                        await AcknowledgeAsync(context, last[context.Request.Path], answer.RootElement.GetProperty("duplicate").GetBoolean());
                    }
                }
            },
        };
    }

    // Readers that come soon afterwards are not given it: it is stored only after a while.
    private static Mutation AcknowledgesBeforeStoring()
    {
        var hidden = new ConcurrentDictionary<string, long>();
        return new Mutation("acknowledges a publish before readers can find it", Promise.AcknowledgedIsStored, Promise.NoLoss, Promise.HonestVerdict)
        {
            Frames = (link, frame) => frame is { Kind: ProbeFrameKind.Joined, Verdict: Protocol.Verdict.Ok } && !link.Resumes(frame) && link.Number % 2 == 0 && FrameText.At(frame) > 2
                ? [FrameText.Moved(frame, FrameText.At(frame) - 2)]
                : frame.Kind == ProbeFrameKind.Entry && hidden.AddOrUpdate(frame.Position!, 1, static (_, seen) => seen + 1) == 1 && link.Number % 2 == 0 ? [] : [frame],
        };
    }

    private static async Task RefuseAsync(HttpContext context, Func<Task> next)
    {
        if (!IsPublish(context) || context.Request.ContentLength % 10 != 0)
        {
            await next();
        }
        else if (await AnswerOfAsync(context, next) is { } answer)
        {
            answer.Dispose();
            await ProblemAsync(context, 400, "data.json");
        }
    }

    // The second content of a key is published without it.
    private static Mutation Reuses()
    {
        var first = new ConcurrentDictionary<string, long>();
        return new Mutation("takes a key again for other content", Promise.PublishOnce)
        {
            Around = (context, next) =>
            {
                if (IsPublish(context) && context.Request.Headers[Key].ToString() is { Length: > 0 } key && first.GetOrAdd(key, context.Request.ContentLength ?? 0) != context.Request.ContentLength)
                {
                    context.Request.Headers.Remove(Key);
                }

                return next();
            },
        };
    }

    private static Task HangAsync(HttpContext context, Func<Task> next) =>
        HttpMethods.IsGet(context.Request.Method) && context.Request.Query["after"].ToString().EndsWith('1')
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default)
            : next();

    // The order is answered, and not carried out.
    private static Task ForgetAsync(HttpContext context, Func<Task> next) =>
        context.Request.Path == "/rt/admin/revoke" ? context.Response.WriteAsync("""{"before":1,"until":2}""") : next();

    // After some time publishes are not taken any more.
    private static Mutation StaysAway()
    {
        int count = 0;
        return new Mutation("does not take publishes again after a fault", Promise.Recovery)
        {
            Around = (context, next) => HttpMethods.IsGet(context.Request.Method) || Interlocked.Increment(ref count) < 60 ? next() : ProblemAsync(context, 503, "store.away"),
        };
    }

    private static Mutation Presents(string name, string asked, string carriedOut) => new(name, Promise.Presence)
    {
        Around = async (context, next) =>
        {
            if (HttpMethods.IsPost(context.Request.Method) && context.Request.Path == "/rt/session")
            {
                using var reader = new StreamReader(context.Request.Body);
                byte[] body = Encoding.UTF8.GetBytes((await reader.ReadToEndAsync(context.RequestAborted)).Replace(asked, carriedOut, StringComparison.Ordinal));
                context.Request.Body = new MemoryStream(body);
                context.Request.ContentLength = body.Length;
            }

            await next();
        },
    };

    // The last line first; the answers stand where their lines do.
    private static async Task TurnAroundAsync(HttpContext context, Func<Task> next)
    {
        using var reader = new StreamReader(context.Request.Body);
        context.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(TurnedAround(await reader.ReadToEndAsync(context.RequestAborted))));
        Stream body = context.Response.Body;
        using var kept = new MemoryStream();
        context.Response.Body = kept;
        await next();
        context.Response.Body = body;
        await body.WriteAsync(Encoding.UTF8.GetBytes(TurnedAround(Encoding.UTF8.GetString(kept.ToArray()))), context.RequestAborted);
    }

    private static string TurnedAround(string lines) => string.Concat(lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse().Select(static line => line + "\n"));

    private static async Task<JsonDocument?> AnswerOfAsync(HttpContext context, Func<Task> next)
    {
        Stream body = context.Response.Body;
        using var kept = new MemoryStream();
        context.Response.Body = kept;
        await next();
        context.Response.Body = body;
        byte[] octets = kept.ToArray();
        if (context.Response.StatusCode is 200 or 201)
        {
            return JsonDocument.Parse(octets);
        }

        await body.WriteAsync(octets);
        return null;
    }

    private static Task AcknowledgeAsync(HttpContext context, string position, bool duplicate)
    {
        byte[] body = Encoding.UTF8.GetBytes($"{{\"position\":\"{position}\",\"duplicate\":{(duplicate ? "true" : "false")}}}");
        context.Response.StatusCode = duplicate ? 200 : 201;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    private static Task ProblemAsync(HttpContext context, int status, string code)
    {
        byte[] body = Encoding.UTF8.GetBytes($$"""{"type":"about:blank","title":"t","status":{{status}},"code":"{{code}}"}""");
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }
}
