using System.Text.Json;
using Godwit.Access;
using Godwit.Access.Tickets;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>POST of <c>{mount}/tickets</c>: makes a credential that is good once.</summary>
internal sealed class TicketEndpoint(Tickets tickets, GodwitEngine engine, BodyLimits bodies, ICredentials credentials, TimeProvider time)
{
    /// <summary>Checks what is asked for, and answers with a ticket.</summary>
    public async Task RunAsync(HttpContext context, Caller caller)
    {
        if (CredentialMaking.Refuses(caller, credentials, out Problem problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        (JsonElement? read, problem) = await ObjectBody.ReadAsync(context.Request, bodies, caller).ConfigureAwait(false);
        TimeSpan life = Tickets.DefaultLife;
        if (read is not { } json || !TryRead(json, caller, out TicketContent? content, out problem) || !CredentialMaking.TryReadLife(json, Tickets.MostLife, ref life, out problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        byte[] kept = content!.ToJson();
        if (engine.Limits.RefusesTicket(caller, kept.Length, out AccessRefusal tooMany))
        {
            await ProblemWriter.WriteAsync(context, Problem.From(tooMany)).ConfigureAwait(false);
            return;
        }

        // No ticket outlives the credential that made it.
        life = caller.Cut(life, time);
        DateTimeOffset expires = time.GetUtcNow() + life;
        string ticket = await tickets.AddAsync(kept, life > TimeSpan.Zero ? life : TimeSpan.FromMilliseconds(1), CancellationToken.None).ConfigureAwait(false);
        await CredentialMaking.AnswerAsync(context, "ticket", ticket, expires).ConfigureAwait(false);
    }

    private bool TryRead(JsonElement json, Caller caller, out TicketContent? content, out Problem problem)
    {
        content = null;
        problem = default;
        if (!ObjectBody.TryReadText(json, "user", out string? user, out problem) || !ObjectBody.TryReadText(json, "origin", out string? origin, out problem))
        {
            return false;
        }

        Grants? grants = null;
        if (json.TryGetProperty("grants", out JsonElement given) && !Grants.TryRead(given, out grants, out string? wrong))
        {
            problem = new Problem(ErrorCode.ParameterInvalid, wrong) { Field = "grants" };
            return false;
        }

        if (user is not null && !TicketTerms.IsUser(user))
        {
            problem = new Problem(ErrorCode.ParameterInvalid, $"'user' is 1 to {TicketTerms.MaxUser} visible ASCII characters.") { Field = "user" };
            return false;
        }

        if (caller.Kind == CallerKind.ApiKey)
        {
            if (user is null)
            {
                problem = new Problem(ErrorCode.ParameterInvalid, "An API key is nobody's: say with 'user' whose ticket it is to be.") { Field = "user" };
                return false;
            }

            // Else a key that may do little could make tickets for everything.
            content = new TicketContent(user, grants ?? Grants.None) { Bounds = caller.Grants, Origin = origin, Issued = time.GetUtcNow() };
            return true;
        }

        if (user is not null && user != caller.User)
        {
            problem = new Problem(ErrorCode.AccessDenied, "A user makes tickets for nobody else.") { Field = "user" };
            return false;
        }

        content = new TicketContent(caller.User!, caller.Grants) { Bounds = grants, Origin = origin, Expires = caller.Expires, Issued = caller.Issued, TokenId = caller.TokenId };
        return true;
    }
}
