using System.Text.Json;
using System.Text.Json.Serialization;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Rooms.Requests;

namespace Godwit.Samples.Chat.Rooms;

/// <summary>What somebody asks a room's topic to be.</summary>
internal sealed record TopicAsked(string? Topic);

/// <summary>What it is, and by whom. The application says by whom; a client cannot.</summary>
internal sealed record TopicSet(string Topic, string By);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(TopicAsked))]
[JsonSerializable(typeof(TopicSet))]
internal sealed partial class TopicJson : JsonSerializerContext;

/// <summary>Events that a client does not publish itself but asks the application for. The router of such events is Godwit's: a room pattern, an event, a handler.</summary>
internal static class Topics
{
    private const int MostCharacters = 120;

    /// <summary>Maps the request <c>topic</c>.</summary>
    public static void MapTopics(this WebApplication app)
    {
        RoomPublisher publisher = app.Services.GetRequiredService<RoomPublisher>();
        app.MapGodwitRequest(ChatRooms.Said + "*", "topic", async (request, cancel) =>
        {
            string topic = request.Read(TopicJson.Default.TopicAsked)?.Topic?.Trim() ?? "";
            if (topic.Length is 0 or > MostCharacters || topic.Any(char.IsControl) || !RoomName.TryParse(ChatRooms.Topic + request.Room.ToString()[ChatRooms.Said.Length..], out RoomName room))
            {
                return RequestReply.Refuse($"A topic is one line of 1 to {MostCharacters} characters.");
            }

            var set = new TopicSet(topic, request.Caller.User!);
            await publisher.PublishJsonAsync(room, JsonSerializer.SerializeToUtf8Bytes(set, TopicJson.Default.TopicSet), "topic", cancel: cancel);
            return RequestReply.With(set, TopicJson.Default.TopicSet);
        });
    }
}
