using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Godwit.Access;
using Godwit.Protocol;

namespace Godwit.Rooms.Requests;

/// <summary>What a client asks the application, by a <c>request</c> frame of a session.</summary>
public sealed class ClientRequest
{
    internal ClientRequest(Caller caller, RoomName room, string eventName, ReadOnlyMemory<byte> data)
    {
        Caller = caller;
        Room = room;
        Event = eventName;
        Data = data;
    }

    /// <summary>Who asks; it has the right <c>publish</c> in the room.</summary>
    public Caller Caller { get; }

    /// <summary>The room that it is about. The client need not have joined it.</summary>
    public RoomName Room { get; }

    /// <summary>What is asked: an event name.</summary>
    public string Event { get; }

    /// <summary>The data: one JSON value in UTF-8, <c>null</c> where the client gave none.</summary>
    public ReadOnlyMemory<byte> Data { get; }

    /// <summary>Reads the data.</summary>
    /// <typeparam name="T">What it is read as.</typeparam>
    /// <param name="type">How; from a <see cref="System.Text.Json.Serialization.JsonSerializerContext"/>.</param>
    /// <exception cref="UnfitDataException">The data is none of these. Where the handler lets it pass, the client is answered <c>data.unfit</c>.</exception>
    public T? Read<T>(JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(Data.Span, type);
        }
        catch (JsonException)
        {
            // Its message may have something of the data, and so goes no further.
            throw new UnfitDataException();
        }
    }
}
