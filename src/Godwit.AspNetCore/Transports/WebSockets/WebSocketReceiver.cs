using System.Buffers;
using System.Net.Sockets;
using Godwit.AspNetCore.Access;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Limits;
using Godwit.Protocol.WebSockets;
using Microsoft.Extensions.Logging;

namespace Godwit.AspNetCore.Transports.WebSockets;

/// <summary>The receiving side of a WebSocket: messages are taken one after the other, in the order sent.</summary>
/// <remarks>While nothing arrives it holds no buffer: it waits by a read of no octets.</remarks>
internal abstract partial class WebSocketReceiver(IUpgraded client, Connection connection, GodwitEngine engine, ConnectionCap cap, int maxMessage, ILogger logger)
{
    private const int ReadLength = 4096;

    /// <summary>The octets that count like a message.</summary>
    private const int Unit = 16 << 10;

    /// <summary>How long a client may take to answer a close frame before its connection is cut.</summary>
    private static readonly TimeSpan CloseGrace = TimeSpan.FromSeconds(5);

    /// <summary>The most octets that are read and dropped behind a violation: more than an honest client has on its way.</summary>
    private const long MostDropped = 8 << 20;

    /// <summary>How long the input is to be silent after a violation before the connection is closed.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private readonly WebSocketReader _reader = new(WebSocketRole.Server, maxMessage);
    private TaskCompletionSource? _done;
    private bool _isDone;

    // What has come since the caller's rate was last asked: messages, and octets that make no unit yet.
    private int _messages;
    private int _octets;

    /// <summary>What the connection is a part of.</summary>
    protected GodwitEngine Engine => engine;

    /// <summary>What it receives from.</summary>
    private IUpgraded Client => client;

    /// <summary>The connection that answers go to.</summary>
    protected Connection Connection { get; } = connection;

    /// <summary>Where failures go.</summary>
    protected ILogger Logger { get; } = logger;

    private enum Step
    {
        GoOn,
        Closed,
        Gone,
    }

    /// <summary>Begins to receive, until the client closes, breaks the protocol or is gone, and then until the connection has ended.</summary>
    /// <returns>What the request is to wait for: all of it, or nothing where the request ends with the handshake.</returns>
    public Task Run()
    {
        client.Receiver = this;
        Interlocked.MemoryBarrier();
        if (Connection.HasEnded)
        {
            // While there was nobody yet to be told.
            OnConnectionEnded();
        }

        if (client.IsDetached)
        {
            // Elsewhere, since the context that code runs in here would be held with all that the request has in it.
            ThreadPool.UnsafeQueueUserWorkItem(static receiver => receiver.Client.AwaitReadable(), this, preferLocal: false);
            return Task.CompletedTask;
        }

        _done = new TaskCompletionSource();
        client.AwaitReadable();
        return _done.Task;
    }

    /// <summary>The shard has ended the connection: when ours was the first close frame, the client's is awaited, but not for ever (RFC 6455 section 7.1.1).</summary>
    public void OnConnectionEnded()
    {
        if (!Volatile.Read(ref _isDone))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static receiver => _ = receiver.CutAfterGraceAsync(), this, preferLocal: false);
        }
    }

    /// <summary>There is something to receive, or nothing more will be. Between two calls nothing is held but this object: no task, and no frame of one.</summary>
    /// <param name="failure">Why nothing can be received, if that is known.</param>
    public void OnReadable(Exception? failure = null) => _ = TakeAsync(failure);

    private async Task TakeAsync(Exception? failure)
    {
        var step = Step.Gone;
        if (failure is null)
        {
            try
            {
                step = await TakeArrivedAsync().ConfigureAwait(false);
                if (step == Step.GoOn && IsAboveRate(out TimeSpan wait))
                {
                    await PauseAsync(wait).ConfigureAwait(false);
                }

                if (step == Step.GoOn)
                {
                    client.AwaitReadable();
                    return;
                }
            }
            catch (Exception thrown)
            {
                failure = thrown;
                step = Step.Gone;
            }
        }

        // Nearly always the client was cut off, and nobody is left to be told. Whatever it was, the shard lets go of
        // the request before it ends. What a store throws does not come here.
        if (failure is not (null or IOException or SocketException or OperationCanceledException or ObjectDisposedException))
        {
            Log.Broke(Logger, failure);
        }
        else if (step == Step.Gone)
        {
            Log.Cut(Logger, failure);
        }

        await EndAsync(step).ConfigureAwait(false);
    }

    private async Task EndAsync(Step step)
    {
        Volatile.Write(ref _isDone, true);
        _reader.Dispose();
        if (step == Step.Gone)
        {
            Connection.Abort();
        }

        await Connection.Ended.ConfigureAwait(false);
        OnDone();
        client.End(cap);
        _done?.SetResult();
    }

    private async ValueTask<Step> TakeArrivedAsync()
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadLength);
        try
        {
            int read = await client.ReceiveAsync(buffer).ConfigureAwait(false);
            if (read == 0)
            {
                return Step.Gone;
            }

            _octets += read;
            Memory<byte> arrived = buffer.AsMemory(0, read);
            while (_reader.TryRead(ref arrived, out WebSocketReceived received))
            {
                _messages++;
                switch (received.Kind)
                {
                    case WebSocketReceivedKind.Close:
                        Connection.Close(WebSocketFraming.Close(received.CloseCode, ""));
                        return Step.Closed;
                    case WebSocketReceivedKind.Violation:
                        Connection.Close(WebSocketFraming.Close(received.CloseCode, received.Reason));
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

            Connection.OnReceived(inMessage: !_reader.IsIdle);
            return Step.GoOn;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Whether nothing is to be read for a time, since the caller has sent more than its rate.</summary>
    private bool IsAboveRate(out TimeSpan wait)
    {
        int count = _messages + (_octets / Unit);
        wait = TimeSpan.Zero;
        if (count == 0 || engine.Limits.TryTakeTurn(Connection.Caller, count, out wait))
        {
            _messages = 0;
            _octets %= Unit;
        }

        return wait > TimeSpan.Zero;
    }

    /// <summary>Waits until what has come has had its turn. Nothing more is here: what the client sends meanwhile stays with it.</summary>
    private async ValueTask PauseAsync(TimeSpan wait)
    {
        do
        {
            await Connection.Ended.WaitAsync(wait < CallerLimits.LongestWait ? wait : CallerLimits.LongestWait, engine.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!Connection.Ended.IsCompleted && (_messages > 0 || _octets >= Unit) && IsAboveRate(out wait));
    }

    private async Task CutAfterGraceAsync()
    {
        await Task.Delay(CloseGrace, engine.Time, client.Cutting).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!Volatile.Read(ref _isDone))
        {
            client.Abort();
        }
    }

    /// <summary>Reads and drops what still comes, until nothing does, or more than an honest client has on its way.</summary>
    /// <remarks>To close on unread octets would reset the connection, and the client might never see why it was closed.</remarks>
    private async Task DropRestAsync(byte[] buffer)
    {
        using var quiet = new CancellationTokenSource(Quiet, engine.Time);
        try
        {
            for (long dropped = 0; dropped < MostDropped;)
            {
                int read = await client.ReceiveAsync(buffer, quiet.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    return;
                }

                dropped += read;
                _octets += read;
                quiet.CancelAfter(Quiet);
                if (IsAboveRate(out TimeSpan wait))
                {
                    // Whoever is above its rate is not waited for to be silent at last.
                    await Task.Delay(wait, engine.Time, quiet.Token).ConfigureAwait(false);
                }
            }

            // Who sends on for the sake of sending would keep a processor busy until the grace is over.
            client.Abort();
        }
        catch (OperationCanceledException)
        {
            // Silent at last; whoever goes on slowly is cut off by the transport's grace.
        }
    }

    /// <summary>Called once, when nothing more is received and the connection has ended.</summary>
    protected virtual void OnDone()
    {
    }

    /// <summary>Takes a text or binary message. Its payload is the receiver's again when the task completes.</summary>
    /// <returns>False when the connection was told to close: nothing more is taken.</returns>
    protected abstract ValueTask<bool> TakeMessageAsync(WebSocketReceived message);

    private ValueTask<bool> TakeAsync(in WebSocketReceived received)
    {
        switch (received.Kind)
        {
            case WebSocketReceivedKind.Ping:
                Connection.Send(WebSocketFraming.Message(WebSocketOpcode.Pong, received.Payload.Span));
                return DrainedAsync();
            case WebSocketReceivedKind.Text or WebSocketReceivedKind.Binary:
                return TakeMessageAsync(received);
            default:
                return new ValueTask<bool>(true);
        }
    }

    private async ValueTask<bool> DrainedAsync()
    {
        // Nothing more is taken before the pong is on its way: pings cannot pile up answers.
        await Connection.DrainedAsync().ConfigureAwait(false);
        return true;
    }

    private static partial class Log
    {
        // 1 PublishFailed - moved to RoomWebSocketReceiver
        [LoggerMessage(2, LogLevel.Debug, "A WebSocket was cut off.", EventName = "WebSocketCut")]
        public static partial void Cut(ILogger logger, Exception? failure);

        [LoggerMessage(3, LogLevel.Error, "Receiving from a WebSocket failed; it was cut off.", EventName = "ReceivingFailed")]
        public static partial void Broke(ILogger logger, Exception failure);
    }
}
