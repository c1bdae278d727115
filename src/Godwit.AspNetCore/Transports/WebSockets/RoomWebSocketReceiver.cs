using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Godwit.Protocol.WebSockets;
using Godwit.Rooms;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>The receiving side of a room's WebSocket: what the client sends is published.</summary>
internal sealed partial class RoomWebSocketReceiver(
    IUpgraded client, Connection connection, GodwitEngine engine, ConnectionCap cap, RoomAccess access, RoomName room, bool isText, RoomPolicy policy, int maxMessage, ILogger logger)
    : WebSocketReceiver(client, connection, engine, cap, maxMessage, logger)
{
    private RateRefusals? _refusals;

    /// <inheritdoc/>
    protected override ValueTask<bool> TakeMessageAsync(WebSocketReceived message) =>
        Content(message, out Problem refusal) is { } content ? PublishAsync(content) : RefuseAsync(refusal);

    /// <summary>Makes an entry of a message; null when it is refused.</summary>
    private EntryContent? Content(in WebSocketReceived received, out Problem refusal)
    {
        if (access.RefusesPublish(Connection.Caller, room, out AccessRefusal denied))
        {
            (_refusals ??= new RateRefusals()).Add(denied, Engine.Reads.Now);
            refusal = Problem.From(denied);
            return null;
        }

        string? from = Connection.Caller.User;
        var limit = new EntryLimit(policy, room, EventName.Default, from);
        ReadOnlySpan<byte> payload = received.Payload.Span;
        bool isBytes = received.Kind == WebSocketReceivedKind.Binary;
        byte[]? data;
        JsonFault fault = default;
        if (isBytes)
        {
            data = payload.Length <= limit.Bytes ? payload.ToArray() : null;
        }
        else if (isText ? !JsonText.FromText(payload, out data, out fault) : !JsonText.TryCompact(payload, out data, out fault))
        {
            refusal = Problem.From(fault);
            return null;
        }

        if (limit.Refuses(data?.Length ?? payload.Length, isBytes) is { } tooLarge)
        {
            refusal = PublishProblem.EntryTooLarge(tooLarge);
            return null;
        }

        refusal = default;
        return new EntryContent(EventName.Default, data!, isBytes, from);
    }

    /// <returns>False when the server failed and the close frame that says so was sent.</returns>
    private async ValueTask<bool> PublishAsync(EntryContent content)
    {
        try
        {
            Appended appended = await Engine.Broker.AppendAsync(room, content, null, CancellationToken.None).ConfigureAwait(false);
            GodwitMeter.Published(appended.Outcome);
            return true;
        }
        catch (BrokerUnavailableException away)
        {
            return await RefuseAsync(new Problem(ErrorCode.StoreAway, "The entry may have been published or not.") { RetryAfter = away.RetryAfter }).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (Engine.IsDraining)
        {
            // The server has stopped meanwhile: there is no store any more.
            Connection.Abort();
            return false;
        }
        catch (Exception failure)
        {
            Log.Failed(Logger, failure);
            Connection.Close(Framing.WebSocket.End(ErrorCode.Internal));
            return false;
        }
    }

    /// <summary>Tells the client, and takes nothing more from it before that is on its way: faults cannot pile up.</summary>
    private async ValueTask<bool> RefuseAsync(Problem problem)
    {
        Connection.Send(Framing.WebSocket.Control(problem.ToFrame(room.ToString()), null));
        await Connection.DrainedAsync().ConfigureAwait(false);
        if (_refusals?.Over is not { } code)
        {
            return true;
        }

        Connection.Close(Framing.WebSocket.End(code));
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A publish failed; its WebSocket was closed.", EventName = "MessageFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
