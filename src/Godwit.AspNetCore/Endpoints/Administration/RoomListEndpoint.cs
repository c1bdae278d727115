using Godwit.AspNetCore.Problems;
using Godwit.Brokers;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>GET of <c>{mount}/admin/rooms</c>: the rooms that the store knows, by name.</summary>
internal sealed class RoomListEndpoint(IBroker broker)
{
    private static readonly string[] Parameters = ["limit", "after"];

    /// <summary>Answers with a page of rooms.</summary>
    public async Task RunAsync(HttpContext context)
    {
        RoomName? after = null;
        string?[] values = new string?[Parameters.Length];
        if (!ListQuery.TryRead(context.Request.QueryString, Parameters, values, out int limit, out Problem problem))
        {
            await ProblemWriter.WriteAsync(context, problem).ConfigureAwait(false);
            return;
        }

        if (values[1] is { } text)
        {
            if (!RoomName.TryParse(text, out RoomName name))
            {
                await ProblemWriter.WriteAsync(context, new Problem(ErrorCode.RoomInvalid, RoomName.Rule) { Field = "after" }).ConfigureAwait(false);
                return;
            }

            after = name;
        }

        // One more than is asked for tells whether there is another page.
        IReadOnlyList<RoomRecord> rooms = await broker.ListAsync(after, limit + 1, context.RequestAborted).ConfigureAwait(false);
        int count = Math.Min(rooms.Count, limit);
        await ListAnswer.WriteAsync(context, json =>
        {
            json.WriteStartArray("rooms");
            for (int i = 0; i < count; i++)
            {
                json.WriteStartObject();
                json.WriteString("room", rooms[i].Room.ToString());
                json.WriteString("position", rooms[i].Head.ToString());
                json.WriteNumber("offset", rooms[i].Head.Offset);
                json.WriteNumber("entries", rooms[i].Entries);
                json.WriteNumber("bytes", rooms[i].Bytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (rooms.Count > count)
            {
                json.WriteString("next", $"?after={rooms[count - 1].Room}&limit={limit}");
            }
        }).ConfigureAwait(false);
    }
}
