using System.Text.Json;
using Godwit.Access;
using Godwit.Administration;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>POST of <c>{mount}/admin/revoke</c>, <c>/disconnect</c> and <c>/leave</c>: gives an order to all servers.</summary>
internal sealed class OrderEndpoint(Orders orders, BodyLimits bodies, TimeProvider time)
{
    /// <summary>What is answered to a session's name that is none.</summary>
    public static Problem BadSession => new(ErrorCode.ParameterInvalid, $"'session' is the name of a session as the list of connections has it: {Order.SessionLength} hexadecimal digits.") { Field = "session" };

    /// <summary>Checks an order, gives it, and answers 200 when the store has it.</summary>
    public async Task RunAsync(HttpContext context, Caller caller, OrderKind kind)
    {
        (JsonElement? read, Problem problem) = await ObjectBody.ReadAsync(context.Request, bodies, caller).ConfigureAwait(false);
        if (read is not { } json || !TryRead(json, kind, out Order? order, out problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        order = await orders.GiveAsync(order!, CancellationToken.None).ConfigureAwait(false);
        await ListAnswer.WriteAsync(context, answer =>
        {
            if (kind == OrderKind.Revoke)
            {
                if (order.User is not null)
                {
                    answer.WriteNumber("before", order.Before.ToUnixTimeMilliseconds());
                }

                answer.WriteNumber("until", order.Ends.ToUnixTimeMilliseconds());
            }
        }).ConfigureAwait(false);
    }

    private bool TryRead(JsonElement json, OrderKind kind, out Order? order, out Problem problem)
    {
        order = null;
        if (!ObjectBody.TryReadText(json, "user", out string? user, out problem)
            || !ObjectBody.TryReadText(json, "session", out string? session, out problem)
            || !ObjectBody.TryReadText(json, "jti", out string? token, out problem)
            || !ObjectBody.TryReadText(json, "room", out string? roomName, out problem))
        {
            return false;
        }

        int named = (user is null ? 0 : 1) + (session is null ? 0 : 1) + (token is null ? 0 : 1);
        string? wrong = kind switch
        {
            OrderKind.Revoke when named != 1 => "Name one of 'user', 'session' and 'jti'.",
            OrderKind.Disconnect when named != 1 || token is not null => "Name one of 'user' and 'session'.",
            OrderKind.Leave when user is null || named != 1 => "Name the 'user'.",
            _ => null,
        };
        if (wrong is not null)
        {
            problem = new Problem(ErrorCode.ParameterInvalid, wrong) { Field = "user" };
            return false;
        }

        UInt128 id = default;
        if (session is not null && !Order.TryReadSession(session, out id))
        {
            problem = BadSession;
            return false;
        }

        if (user is { Length: 0 or > TokenReader.MaxSubject } || token is { Length: 0 or > TokenReader.MaxSubject })
        {
            problem = new Problem(ErrorCode.ParameterInvalid, $"'user' and 'jti' are 1 to {TokenReader.MaxSubject} characters.") { Field = user is null ? "jti" : "user" };
            return false;
        }

        RoomName room = default;
        if (kind == OrderKind.Leave && !RoomName.TryParse(roomName, out room))
        {
            problem = new Problem(ErrorCode.RoomInvalid, RoomName.Rule) { Field = "room" };
            return false;
        }

        DateTimeOffset before = time.GetUtcNow();
        if (kind == OrderKind.Revoke && json.TryGetProperty("before", out JsonElement given) && !TryReadTime(given, user, ref before))
        {
            problem = new Problem(ErrorCode.ParameterInvalid, "'before' is a time in ms since the Unix epoch, up to now, and goes with 'user'.") { Field = "before" };
            return false;
        }

        order = new Order(kind) { User = user, Session = session is null ? null : id, TokenId = token, Room = kind == OrderKind.Leave ? room : null, Before = before };
        return true;
    }

    /// <summary>A time to come would lock the user out until then, and for as long as the revocation is remembered.</summary>
    private static bool TryReadTime(JsonElement given, string? user, ref DateTimeOffset before)
    {
        if (user is null || given.ValueKind != JsonValueKind.Number || !given.TryGetInt64(out long ms) || ms < 0 || ms > before.ToUnixTimeMilliseconds())
        {
            return false;
        }

        before = DateTimeOffset.FromUnixTimeMilliseconds(ms);
        return true;
    }
}
