using System.CommandLine;
using System.Text;
using System.Text.Json;
using Godwit.Protocol;
using Godwit.Server.Reaching;

namespace Godwit.Server.Commands.Administration;

/// <summary><c>godwit admin</c>: what PROTOCOL.md lets administrators do, from a shell.</summary>
internal static class AdminCommand
{
    private static readonly ServerFlags Server = new(isRecursive: true);
    private static readonly Argument<string> Room = new("room") { Description = "The name of the room." };

    /// <summary>Makes the command.</summary>
    public static Command Create()
    {
        var user = new Option<string?>("--user") { Description = "The user.", HelpName = "USER" };
        var session = new Option<string?>("--session") { Description = "The session, as 'godwit admin connections' names it.", HelpName = "SESSION" };
        var token = new Option<string?>("--jti") { Description = "The token of this 'jti', with the tickets and links that it made.", HelpName = "JTI" };
        var before = new Option<DateTimeOffset?>("--before") { Description = "With --user: spare what was made since this time, for example 2026-05-01T12:00:00Z. By default, now.", HelpName = "TIME" };
        var position = new Option<string>("--before") { Description = "The position of the oldest entry that stays.", HelpName = "POSITION", Required = true };
        var required = new Option<string>("--user") { Description = "The user.", HelpName = "USER", Required = true };

        Command rooms = Add(new Command("rooms", "List the rooms that the store knows, one a line."), static (client, _, cancel) => client.ListAsync("admin/rooms", "rooms", "?limit=1000", cancel));
        Command connections = Add(
            new Command("connections", "List the streams and WebSockets of the server, one a line.") { user, session },
            (client, parsed, cancel) => client.ListAsync("admin/connections", "connections", "?limit=1000" + Parameter("user", parsed.GetValue(user)) + Parameter("session", parsed.GetValue(session)), cancel));
        Command disconnect = Add(
            new Command("disconnect", "End the connections of a user or of a session, at all servers. They may come back.") { user, session },
            (client, parsed, cancel) => OrderAsync(client, "disconnect", cancel, ("user", parsed.GetValue(user)), ("session", parsed.GetValue(session))));
        Command leave = Add(
            new Command("leave", "Take a user's readers out of a room, at all servers.") { required, Room },
            (client, parsed, cancel) => OrderAsync(client, "leave", cancel, ("user", parsed.GetValue(required)), ("room", parsed.GetValue(Room))));
        Command revoke = Add(
            new Command("revoke", "Revoke a user's credentials, a session, or a token, at all servers.") { user, session, token, before },
            (client, parsed, cancel) => OrderAsync(client, "revoke", parsed.GetValue(before), cancel, ("user", parsed.GetValue(user)), ("session", parsed.GetValue(session)), ("jti", parsed.GetValue(token))));
        Command trim = Add(
            new Command("trim", "Drop a room's entries before a position. Readers that come for them get a gap.") { position, Room },
            (client, parsed, cancel) => OnRoomAsync(client, parsed, Parameter("before", parsed.GetValue(position)), cancel));
        Command end = Add(
            new Command("end", "Drop a room's whole log and begin another. Readers get a reset.") { Room },
            static (client, parsed, cancel) => OnRoomAsync(client, parsed, "", cancel));
        var admin = new Command("admin", "Administrate servers that run, with an API key that has 'admin': list rooms and connections, disconnect, revoke, trim and end.") { rooms, connections, disconnect, leave, revoke, trim, end };
        foreach (Option flag in Server.All)
        {
            admin.Options.Add(flag);
        }

        return admin;
    }

    private static Command Add(Command command, Func<AdminClient, ParseResult, CancellationToken, Task<int>> run)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            ServerAccess server;
            try
            {
                server = Server.Read(parsed);
            }
            catch (ServerFault fault)
            {
                await error.WriteLineAsync($"godwit: {fault.Message.TrimEnd('.')}.");
                return ExitCode.Configuration;
            }

            using var client = new AdminClient(server, parsed.InvocationConfiguration.Output, error);
            return await run(client, parsed, cancel);
        });
        return command;
    }

    private static Task<int> OnRoomAsync(AdminClient client, ParseResult parsed, string query, CancellationToken cancel)
    {
        string room = parsed.GetValue(Room)!;
        if (RoomName.TryParse(room, out _))
        {
            return client.AskAsync(HttpMethod.Delete, $"rooms/{room}{(query.Length > 0 ? $"?{query[1..]}" : "")}", null, cancel);
        }

        parsed.InvocationConfiguration.Error.WriteLine($"godwit: {RoomName.Rule}");
        return Task.FromResult(ExitCode.Configuration);
    }

    private static Task<int> OrderAsync(AdminClient client, string order, CancellationToken cancel, params (string Name, string? Value)[] fields) =>
        OrderAsync(client, order, null, cancel, fields);

    private static Task<int> OrderAsync(AdminClient client, string order, DateTimeOffset? before, CancellationToken cancel, params (string Name, string? Value)[] fields)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            foreach ((string name, string? value) in fields)
            {
                if (value is not null)
                {
                    json.WriteString(name, value);
                }
            }

            if (before is { } time)
            {
                json.WriteNumber("before", time.ToUnixTimeMilliseconds());
            }

            json.WriteEndObject();
        }

        return client.AskAsync(HttpMethod.Post, $"admin/{order}", Encoding.UTF8.GetString(text.ToArray()), cancel);
    }

    private static string Parameter(string name, string? value) => value is null ? "" : $"&{name}={Uri.EscapeDataString(value)}";
}
