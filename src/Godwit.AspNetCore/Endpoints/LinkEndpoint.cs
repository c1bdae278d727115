using System.Text.Json;
using Godwit.Access;
using Godwit.Access.Links;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>POST of <c>{mount}/links</c>: signs a link that reads one room.</summary>
internal sealed class LinkEndpoint(SignedLinks links, BodyLimits bodies, RoomAccess access, ICredentials credentials, TimeProvider time)
{
    /// <summary>Checks what is asked for, and answers with the link.</summary>
    public async Task RunAsync(HttpContext context, Caller caller)
    {
        if (CredentialMaking.Refuses(caller, credentials, out Problem problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        (JsonElement? read, problem) = await ObjectBody.ReadAsync(context.Request, bodies, caller).ConfigureAwait(false);
        TimeSpan life = SignedLinks.DefaultLife;
        RoomName room = default;
        if (read is not { } json || !TryReadRoom(json, out room, out problem) || !CredentialMaking.TryReadLife(json, SignedLinks.MostLife, ref life, out problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        if (access.Refuses(caller, room, Rights.Read, out AccessRefusal denied))
        {
            await ProblemWriter.WriteAsync(context, Problem.From(denied)).ConfigureAwait(false);
            return;
        }

        // It allows no more, and for no longer, than the credential that makes it.
        Rights rights = access.Of(caller, room) & (Rights.Read | Rights.History);
        (string grant, DateTimeOffset expires) = await links.SignAsync(room, caller, rights, caller.Cut(life, time), CancellationToken.None).ConfigureAwait(false);
        string path = (context.Request.PathBase + context.Request.Path).Value!.TrimEnd('/');
        await CredentialMaking.AnswerAsync(context, "url", $"{path[..path.LastIndexOf('/')]}/rooms/{room}?grant={grant}", expires).ConfigureAwait(false);
    }

    private static bool TryReadRoom(JsonElement json, out RoomName room, out Problem problem)
    {
        problem = default;
        room = default;
        if (json.TryGetProperty("room", out JsonElement name) && name.ValueKind == JsonValueKind.String && RoomName.TryParse(name.GetString(), out room))
        {
            return true;
        }

        problem = new Problem(ErrorCode.RoomInvalid, RoomName.Rule) { Field = "room" };
        return false;
    }
}
