using Godwit.Feeds.Framings;
using Godwit.Feeds.Pump;
using Godwit.Limits;
using Godwit.Protocol;
using Godwit.Sessions;
using Godwit.Sessions.Frames;
using Godwit.WebRtc.DataChannels;
using Microsoft.Extensions.Logging;

namespace Godwit.WebRtc.Transport;

/// <summary>What a client has sent over its channel and its session has not taken yet: one frame after the other, on a thread of the pool while there is any.</summary>
internal sealed partial class FrameQueue(SessionPeers all, Connection connection, Session session)
{
    /// <summary>The frames that wait at most.</summary>
    public const int MostFrames = 512;

    /// <summary>The octets that wait at most, one frame apart.</summary>
    public const int MostOctets = 512 << 10;

    /// <summary>The octets that count like a message.</summary>
    private const int Unit = 16 << 10;

    private static readonly FrameFault Binary = new(ErrorCode.FrameInvalid, "A frame is a text message; bytes are published as 'bytes', in base64.");

    private readonly Queue<(MessageKind Kind, byte[] Frame)> _waiting = new();
    private int _octets;
    private bool _isRunning;
    private bool _isStopped;
    private bool _isOver;

    /// <summary>Adds a frame. Where too many wait the connection is closed: a client that goes by its replies never gets there.</summary>
    public void Add(MessageKind kind, ReadOnlySpan<byte> frame)
    {
        lock (_waiting)
        {
            if (_isStopped)
            {
                return;
            }

            if (_waiting.Count >= MostFrames || _octets >= MostOctets)
            {
                _isStopped = true;
                _waiting.Clear();
                connection.Close(Framing.Ndjson.End(ErrorCode.RequestsRate));
                return;
            }

            _octets += frame.Length;
            _waiting.Enqueue((kind, frame.ToArray()));
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(static queue => _ = queue.RunAsync(), this, preferLocal: false);
    }

    /// <summary>Nothing more is to be taken.</summary>
    public void Stop()
    {
        lock (_waiting)
        {
            _isStopped = true;
            _waiting.Clear();
            _octets = 0;
        }
    }

    /// <summary>The connection has ended: the session is stopped, once it is not in the middle of a frame.</summary>
    public void End()
    {
        lock (_waiting)
        {
            _isStopped = true;
            _waiting.Clear();
            _octets = 0;
            _isOver = true;
            if (_isRunning)
            {
                return; // Whoever takes the frames sees it.
            }
        }

        session.Stop();
    }

    private async Task RunAsync()
    {
        while (TryTake(out MessageKind kind, out byte[] frame))
        {
            connection.OnReceived();
            try
            {
                await TurnAsync(frame.Length).ConfigureAwait(false);
                if (!await (kind == MessageKind.Binary ? session.RefuseAsync(Binary) : session.TakeAsync(frame)).ConfigureAwait(false))
                {
                    Stop();
                }
            }
            catch (ObjectDisposedException) when (session.IsStopping)
            {
                // It was held up until the server had stopped; there is no store any more to carry it out.
                Stop();
                connection.Abort();
            }
            catch (Exception failure)
            {
                Stop();
                Log.Failed(all.Logger, failure);
                connection.Close(Framing.Ndjson.End(ErrorCode.Internal));
            }
        }

        if (IsOver)
        {
            session.Stop();
        }
    }

    private bool IsOver
    {
        get
        {
            lock (_waiting)
            {
                return _isOver;
            }
        }
    }

    private bool TryTake(out MessageKind kind, out byte[] frame)
    {
        lock (_waiting)
        {
            if (!_waiting.TryDequeue(out (MessageKind Kind, byte[] Frame) next))
            {
                (kind, frame) = (default, []);
                _isRunning = false;
                return false;
            }

            (kind, frame) = next;
            _octets -= frame.Length;
            return true;
        }
    }

    /// <summary>Waits until a frame has its turn, as those of a WebSocket do.</summary>
    private async ValueTask TurnAsync(int octets)
    {
        bool isTaken = false;
        while (!isTaken && !connection.HasEnded)
        {
            isTaken = all.Engine.Limits.TryTakeTurn(connection.Caller, 1 + (octets / Unit), out TimeSpan wait);
            if (wait > TimeSpan.Zero)
            {
                await connection.Ended.WaitAsync(wait < CallerLimits.LongestWait ? wait : CallerLimits.LongestWait, all.Engine.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(5, LogLevel.Error, "A frame of a session could not be carried out; its data channel was closed.", EventName = "ChannelFrameFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
