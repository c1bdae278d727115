using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>DELETE of a room: with <c>before</c> the entries before a position, without it the whole log.</summary>
internal sealed class RoomEndEndpoint(IBroker broker)
{
    private static readonly string[] Parameters = ["before"];

    /// <summary>Trims or ends, and answers 200 when the store has done so.</summary>
    public async Task RunAsync(HttpContext context, RoomName room)
    {
        string? text = null;
        if (!QueryParameters.TryRead(context.Request.QueryString, Parameters, 0, new Span<string?>(ref text), out Problem problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        if (text is null)
        {
            Position? begin = await broker.EndAsync(room, CancellationToken.None).ConfigureAwait(false);
            await (begin is { } position
                ? ListAnswer.WriteAsync(context, json =>
                {
                    json.WriteString("room", room.ToString());
                    json.WriteString("position", position.ToString());
                })
                : ProblemWriter.WriteAsync(context, Unknown(room))).ConfigureAwait(false);
            return;
        }

        if (!Position.TryParse(text, out Position before))
        {
            await ProblemWriter.WriteAsync(context, new Problem(ErrorCode.PositionInvalid, "'before' is a position, as entries and answers have them.") { Field = "before" }).ConfigureAwait(false);
            return;
        }

        Trimmed trimmed = await broker.TrimAsync(room, before, CancellationToken.None).ConfigureAwait(false);
        if (trimmed.Verdict == Verdict.Reset)
        {
            problem = await broker.ExistsAsync(room, CancellationToken.None).ConfigureAwait(false)
                ? new Problem(ErrorCode.PositionUnknown, "Nothing was dropped. Read the room again for a position of the log that it has now.") { Field = "before" }
                : Unknown(room);
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        await ListAnswer.WriteAsync(context, json =>
        {
            json.WriteString("room", room.ToString());
            json.WriteNumber("dropped", trimmed.Dropped);
        }).ConfigureAwait(false);
    }

    private static Problem Unknown(RoomName room) => new(ErrorCode.RoomUnknown, $"Nobody wrote to the room {room} or read it, or its record has expired.");
}
