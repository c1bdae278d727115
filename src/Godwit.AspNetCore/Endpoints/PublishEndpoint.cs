using Godwit.Access;
using Godwit.AspNetCore.Draining;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Instruments;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>POST of a room: the body is the data of a new entry.</summary>
internal sealed class PublishEndpoint(IBroker broker, GodwitEngine engine, RoomPolicies policies, RoomAccess access, BodyLimits bodies)
{
    private static readonly string[] Parameters = ["event"];

    /// <summary>Checks the request, appends the entry and answers with its position.</summary>
    public async Task RunAsync(HttpContext context, RoomName room, Caller caller)
    {
        if (access.RefusesPublish(caller, room, out AccessRefusal denied))
        {
            await ProblemWriter.WriteAsync(context, Problem.From(denied)).ConfigureAwait(false);
            return;
        }

        HttpRequest request = context.Request;
        if (!TryReadEvent(request, out string name, out Problem problem)
            || !IdempotencyKeyHeader.TryRead(request.Headers[IdempotencyKeyHeader.Name], caller.IsAnonymous, out string? key, out problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        RoomPolicy policy = policies.For(room);
        PublishBody body = await PublishBody.ReadAsync(request, bodies, caller, new EntryLimit(policy, room, name, caller.User)).ConfigureAwait(false);
        if (body.Data is null)
        {
            await ProblemWriter.WriteAsync(context, body.Refusal).ConfigureAwait(false);
            return;
        }

        // Whoever hangs up now has published all the same: the append is not given up half way.
        var content = new EntryContent(name, body.Data, body.IsBytes, caller.User);
        Appended appended = await broker.AppendAsync(room, content, PublishRules.Key(key, caller), CancellationToken.None).ConfigureAwait(false);
        GodwitMeter.Published(appended.Outcome);

        // The drain may have begun since the request came.
        DrainAnswers.DismissIf(engine.IsDraining, context);
        await AnswerAsync(context, appended, policy).ConfigureAwait(false);
    }

    private static bool TryReadEvent(HttpRequest request, out string name, out Problem problem)
    {
        string? given = null;
        name = EventName.Default;
        if (!QueryParameters.TryRead(request.QueryString, Parameters, 0, new Span<string?>(ref given), out problem))
        {
            return false;
        }

        if (given is null)
        {
            return true;
        }

        name = given;
        if (EventName.Check(given) is not { } wrong)
        {
            return true;
        }

        problem = PublishProblem.Event(wrong);
        return false;
    }

    private static Task AnswerAsync(HttpContext context, in Appended appended, RoomPolicy policy)
    {
        if (appended.Outcome == AppendOutcome.KeyReused)
        {
            return ProblemWriter.WriteAsync(context, PublishProblem.KeyReused(policy));
        }

        HttpResponse response = context.Response;
        response.StatusCode = appended.Outcome == AppendOutcome.Duplicate ? StatusCodes.Status200OK : StatusCodes.Status201Created;
        response.ContentType = "application/json";
        int length = PublishAnswer.Write(appended, response.BodyWriter.GetSpan(PublishAnswer.MaxLength));
        response.ContentLength = length;
        response.BodyWriter.Advance(length);
        return response.BodyWriter.FlushAsync(CancellationToken.None).AsTask();
    }
}
