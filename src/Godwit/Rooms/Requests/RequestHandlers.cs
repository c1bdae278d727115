using Godwit.Access;
using Godwit.Protocol;

namespace Godwit.Rooms.Requests;

/// <summary>Answers requests of clients.</summary>
/// <param name="request">What is asked.</param>
/// <param name="cancel">Ends when <see cref="GodwitOptions.RequestTimeout"/> is over: the client has been answered <c>request.timeout</c> then.</param>
/// <returns>The answer. Where the task fails the client is answered <c>internal</c>, and the kind of failure and its place are logged; its message at <c>Trace</c> alone.</returns>
public delegate ValueTask<RequestReply> RequestHandler(ClientRequest request, CancellationToken cancel);

/// <summary>What the application answers requests with, by rooms and events. The first that fits answers.</summary>
internal sealed class RequestHandlers
{
    private readonly Lock _lock = new();
    private (RoomPattern Rooms, string Event, RequestHandler Handler)[] _handlers = [];

    /// <summary>Adds one.</summary>
    public void Add(RoomPattern rooms, string eventName, RequestHandler handler)
    {
        lock (_lock)
        {
            _handlers = [.. _handlers, (rooms, eventName, handler)];
        }
    }

    /// <summary>What answers a request; null for nothing.</summary>
    public RequestHandler? Find(RoomName room, string eventName, Caller caller)
    {
        foreach ((RoomPattern rooms, string name, RequestHandler handler) in Volatile.Read(ref _handlers))
        {
            if (name == eventName && rooms.Matches(room.ToString(), caller.User))
            {
                return handler;
            }
        }

        return null;
    }
}
