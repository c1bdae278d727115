using System.Globalization;
using System.Text.Json;
using Godwit.Administration;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>GET of <c>{mount}/admin/connections</c>: the streams, WebSockets and publish streams of this server, in the order in which they began.</summary>
internal sealed class ConnectionListEndpoint(GodwitEngine engine)
{
    private static readonly string[] Parameters = ["limit", "after", "user", "session"];

    /// <summary>Answers with a page of connections.</summary>
    public async Task RunAsync(HttpContext context)
    {
        string?[] values = new string?[Parameters.Length];
        if (!ListQuery.TryRead(context.Request.QueryString, Parameters, values, out int limit, out Problem problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        (string? after, string? user, string? session) = (values[1], values[2], values[3]);
        long number = 0;
        if (after is not null && !long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out number))
        {
            await ProblemWriter.WriteAsync(context, new Problem(ErrorCode.ParameterInvalid, "'after' is the 'id' of a connection.") { Field = "after" }).ConfigureAwait(false);
            return;
        }

        UInt128? named = null;
        if (session is not null)
        {
            if (!Order.TryReadSession(session, out UInt128 id))
            {
                await ProblemWriter.WriteAsync(context, OrderEndpoint.BadSession).ConfigureAwait(false);
                return;
            }

            named = id;
        }

        var list = new ConnectionList(engine.Shards, number, limit + 1, user, named);
        foreach (OpenPublishStream stream in engine.Orders.PublishStreams.All)
        {
            list.Visit(stream);
        }

        engine.Sweep(list);
        IReadOnlyList<ConnectionRecord> connections = await list.Done.WaitAsync(context.RequestAborted).ConfigureAwait(false);
        await ListAnswer.WriteAsync(context, json =>
        {
            int written = 0;
            json.WriteStartArray("connections");
            while (written < Math.Min(connections.Count, limit) && json.BytesCommitted + json.BytesPending < ListAnswer.MostOctets)
            {
                Write(json, connections[written++]);
            }

            json.WriteEndArray();
            if (written < connections.Count)
            {
                json.WriteString("next", $"?after={connections[written - 1].Number}&limit={limit}{Parameter("user", user)}{Parameter("session", session)}");
            }
        }).ConfigureAwait(false);
    }

    private static string Parameter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";

    private static void Write(Utf8JsonWriter json, in ConnectionRecord connection)
    {
        json.WriteStartObject();
        json.WriteNumber("id", connection.Number);
        json.WriteString("transport", connection.Transport);
        json.WriteNumber("since", connection.Since);
        if (connection.Caller.User is { } user)
        {
            json.WriteString("user", user);
        }
        else if (connection.Caller.KeyName is { } key)
        {
            json.WriteString("key", key);
        }

        if (connection.Caller.Address is { } address)
        {
            json.WriteString("address", address.ToString());
        }

        if (connection.Caller.Expires is { } expires)
        {
            json.WriteNumber("expires", expires.ToUnixTimeMilliseconds());
        }

        if (connection.Session != default)
        {
            json.WriteString("session", Order.NameOf(connection.Session));
        }

        json.WriteStartArray("rooms");
        foreach (RoomName room in connection.Rooms)
        {
            json.WriteStringValue(room.ToString());
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
