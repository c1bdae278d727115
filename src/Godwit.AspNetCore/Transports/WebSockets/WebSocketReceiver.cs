using System.Buffers;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Godwit.Protocol.WebSockets;
using Godwit.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>The receiving side of a room's WebSocket: what the client sends is published, in the order sent.</summary>
/// <remarks>While nothing arrives it holds no buffer: it waits by a read of no octets.</remarks>
internal sealed partial class WebSocketReceiver(
    HttpContext context, Stream input, Connection connection, GodwitEngine engine, RoomRequest request, RoomPolicy policy, int maxMessage, ILogger logger)
{
    private const int ReadLength = 4096;

    /// <summary>How long a client may take to answer a close frame before its connection is cut.</summary>
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);

    /// <summary>How long the input is to be silent after a violation before the connection is closed.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private readonly WebSocketReader _reader = new(WebSocketRole.Server, maxMessage);
    private bool _isDone;

    private enum Step
    {
        GoOn,
        Closed,
        Gone,
    }

    /// <summary>Receives until the client closes, breaks the protocol or is gone, and then until the connection has ended.</summary>
    /// <remarks>The one frame that is held while nothing happens, so it keeps nothing but where it stands.</remarks>
    public async Task RunAsync()
    {
        connection.Ended.GetAwaiter().UnsafeOnCompleted(OnEnded);
        var step = Step.GoOn;
        try
        {
            while (step == Step.GoOn)
            {
                await input.ReadAsync(Memory<byte>.Empty).ConfigureAwait(false);
                step = await TakeArrivedAsync().ConfigureAwait(false);
            }
        }
        catch (Exception failure)
        {
            // Nearly always the client was cut off, and nobody is left to be told. Whatever it was, the shard lets go of
            // the request before it ends. What a store throws does not come here.
            if (failure is IOException or OperationCanceledException or ObjectDisposedException)
            {
                Log.Cut(logger, failure);
            }
            else
            {
                Log.Broke(logger, failure);
            }

            step = Step.Gone;
        }

        Volatile.Write(ref _isDone, true);
        _reader.Dispose();
        if (step == Step.Gone)
        {
            connection.Abort();
        }

        await connection.Ended.ConfigureAwait(false);
    }

    private async ValueTask<Step> TakeArrivedAsync()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadLength);
        try
        {
            int read = await input.ReadAsync(buffer).ConfigureAwait(false);
            if (read == 0)
            {
                return Step.Gone;
            }

            Memory<byte> arrived = buffer.AsMemory(0, read);
            while (_reader.TryRead(ref arrived, out WebSocketReceived received))
            {
                switch (received.Kind)
                {
                    case WebSocketReceivedKind.Close:
                        connection.Close(WebSocketFraming.Close(received.CloseCode, ""));
                        return Step.Closed;
                    case WebSocketReceivedKind.Violation:
                        connection.Close(WebSocketFraming.Close(received.CloseCode, received.Reason));
                        await DropRestAsync(buffer).ConfigureAwait(false);
                        return Step.Closed;
                    default:
                        if (!await TakeAsync(received).ConfigureAwait(false))
                        {
                            await DropRestAsync(buffer).ConfigureAwait(false);
                            return Step.Closed;
                        }

                        break;
                }
            }

            connection.OnReceived(inMessage: !_reader.IsIdle);
            return Step.GoOn;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>When ours was the first close frame, the client's is awaited, but not for ever (RFC 6455 section 7.1.1).</summary>
    private void OnEnded()
    {
        if (!Volatile.Read(ref _isDone))
        {
            _ = CutAfterGraceAsync();
        }
    }

    private async Task CutAfterGraceAsync()
    {
        await Task.Delay(CloseGrace, engine.Time).ConfigureAwait(false);
        if (!Volatile.Read(ref _isDone))
        {
            context.Abort();
        }
    }

    /// <summary>Reads and drops what still comes, until nothing does.</summary>
    /// <remarks>To close on unread octets would reset the connection, and the client might never see why it was closed.</remarks>
    private async Task DropRestAsync(byte[] buffer)
    {
        try
        {
            while (true)
            {
                using var quiet = new CancellationTokenSource(Quiet, engine.Time);
                if (await input.ReadAsync(buffer, quiet.Token).ConfigureAwait(false) == 0)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Silent at last; whoever goes on sending is cut off by the transport's grace.
        }
    }

    /// <returns>False when the server failed and the close frame that says so was sent.</returns>
    private ValueTask<bool> TakeAsync(in WebSocketReceived received)
    {
        switch (received.Kind)
        {
            case WebSocketReceivedKind.Ping:
                connection.Send(WebSocketFraming.Message(WebSocketOpcode.Pong, received.Payload.Span));
                return DrainedAsync();
            case WebSocketReceivedKind.Text or WebSocketReceivedKind.Binary:
                return Content(received, out Problem refusal) is { } content ? PublishAsync(content) : RefuseAsync(refusal);
            default:
                return new ValueTask<bool>(true);
        }
    }

    /// <summary>Makes an entry of a message; null when it is refused.</summary>
    private EntryContent? Content(in WebSocketReceived received, out Problem refusal)
    {
        ReadOnlySpan<byte> payload = received.Payload.Span;
        bool isBytes = received.Kind == WebSocketReceivedKind.Binary;
        byte[]? data;
        JsonFault fault = default;
        if (isBytes)
        {
            data = payload.Length <= policy.EntryBytes ? payload.ToArray() : null;
        }
        else if (request.Text ? !JsonText.FromText(payload, out data, out fault) : !JsonText.TryCompact(payload, out data, out fault))
        {
            refusal = Problem.From(fault);
            return null;
        }

        if (data is null || data.Length > policy.EntryBytes)
        {
            refusal = PublishProblem.EntryTooLarge(data?.Length ?? payload.Length, policy.EntryBytes);
            return null;
        }

        refusal = default;
        return new EntryContent(EventName.Default, data, isBytes, From: null);
    }

    private async ValueTask<bool> PublishAsync(EntryContent content)
    {
        try
        {
            await engine.Broker.AppendAsync(request.Room, content, null, CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (BrokerUnavailableException away)
        {
            return await RefuseAsync(new Problem(ErrorCode.StoreAway, "The entry may have been published or not.") { RetryAfter = away.RetryAfter }).ConfigureAwait(false);
        }
        catch (Exception failure)
        {
            Log.Failed(logger, failure);
            connection.Close(Framing.WebSocket.End(ErrorCode.Internal));
            return false;
        }
    }

    /// <summary>Tells the client, and takes nothing more from it before that is on its way: faults cannot pile up.</summary>
    private ValueTask<bool> RefuseAsync(in Problem problem)
    {
        connection.Send(Framing.WebSocket.Control(problem.ToFrame(request.Room.ToString()), null));
        return DrainedAsync();
    }

    private async ValueTask<bool> DrainedAsync()
    {
        await connection.DrainedAsync().ConfigureAwait(false);
        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(2, LogLevel.Debug, "A WebSocket was cut off.", EventName = "Cut")]
        public static partial void Cut(ILogger logger, Exception failure);

        [LoggerMessage(3, LogLevel.Error, "Receiving from a WebSocket failed; it was cut off.", EventName = "ReceivingFailed")]
        public static partial void Broke(ILogger logger, Exception failure);

        [LoggerMessage(1, LogLevel.Error, "A publish failed; its WebSocket was closed.", EventName = "PublishFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
