using System.Net;
using System.Text;
using Godwit.Access;
using Godwit.Protocol;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Udp;
using Microsoft.Extensions.Logging;

namespace Godwit.WebRtc.Peers;

/// <summary>One client of the UDP port, from the answer to its offer until it ends.</summary>
/// <remarks>
/// Whoever touches it holds <see cref="Gate"/>: the thread that received a datagram, the timer, the handshake's thread, and
/// whoever sends. Nobody waits for anything under it.
/// </remarks>
internal sealed partial class Peer : IDue
{
    /// <summary>How long an answer is kept that nobody uses, in ms.</summary>
    public const long AnswerLife = 30_000;

    /// <summary>How long a client may take from its first check to the end of the handshake, in ms.</summary>
    public const long ConnectLimit = 30_000;

    /// <summary>How long a check counts as consent to be sent to, in ms (RFC 7675 section 5.1).</summary>
    public const long ConsentLife = 30_000;

    private readonly PeerPlan _plan;
    private readonly PeerSurroundings _all;
    private readonly byte[] _theirFragment;
    private readonly CheckedPaths _paths = new();
    private long _limit;
    private long _consentUntil;
    private Stage _stage;
    private bool _isChecked;
    private bool _isEnding;

    /// <summary>Makes a peer; it is found by nobody before it is in the table.</summary>
    public Peer(PeerPlan plan, PeerSurroundings all)
    {
        _plan = plan;
        _all = all;
        _theirFragment = Encoding.ASCII.GetBytes(plan.Offer.Fragment);
        _limit = all.Deadlines.Now + AnswerLife;
    }

    private enum Stage
    {
        Answered,
        Handshaking,
        Connected,
        Ended,
    }

    /// <summary>Held by whoever touches the peer.</summary>
    public Lock Gate { get; } = new();

    /// <summary>Our part of ICE.</summary>
    public IceCredentials Credentials => _plan.Credentials;

    /// <summary>Its name.</summary>
    public UInt128 Id => _plan.Id;

    /// <summary>Whose it is.</summary>
    public Caller Caller => _plan.Caller;

    /// <summary>What was known at its beginning.</summary>
    public PeerPlan Plan => _plan;

    /// <summary>Whether the handshake is done, and it has not ended.</summary>
    public bool IsConnected
    {
        get
        {
            lock (Gate)
            {
                return _stage == Stage.Connected;
            }
        }
    }

    /// <summary>Whether there is a connection over it, whose credential may be a newer one than <see cref="Caller"/>.</summary>
    public bool HasConnection
    {
        get
        {
            lock (Gate)
            {
                return _association?.HasConnection == true;
            }
        }
    }

    /// <summary>Why it ended; null while it has not.</summary>
    public PeerEnd? Ended { get; private set; }

    /// <summary>Where it is sent to; null before the first check.</summary>
    public UdpAddress? Address
    {
        get
        {
            lock (Gate)
            {
                return _paths.Selected?.Address;
            }
        }
    }

    /// <summary>The addresses that checks have proven.</summary>
    public int PathCount
    {
        get
        {
            lock (Gate)
            {
                return _paths.All.Count;
            }
        }
    }

    long IDue.ScheduledAt { get; set; } = Deadlines.Never;

    /// <summary>The time, in ms.</summary>
    public long Now => _all.Deadlines.Now;

    /// <summary>Ends it for a reason that its client is told, where it has a session; else at once.</summary>
    public void Close(ErrorCode why)
    {
        lock (Gate)
        {
            if (_association?.TryClose(why) == true)
            {
                return;
            }
        }

        End(PeerEnd.Removed);
    }

    /// <summary>Begins to count the time.</summary>
    public void Start() => _all.Deadlines.Schedule(this, _limit);

    /// <summary>Takes a check that names this peer; nothing of it is proven yet.</summary>
    public void TakeCheck(in BindingCheck check, IDatagramSocket socket, SocketAddress from)
    {
        // Not under the lock: nobody who forges checks holds up the peer.
        if (!check.IsGenuine(Credentials.PasswordOctets, _theirFragment))
        {
            return;
        }

        UdpAddress address = UdpAddress.Of(from, socket.Number);
        Span<byte> answer = stackalloc byte[CheckAnswer.MaxLength];
        CheckAnswer.Outcome outcome = CheckAnswer.Compose(check, address, Credentials.PasswordOctets, answer, out int length);
        lock (Gate)
        {
            if (_stage == Stage.Ended)
            {
                return;
            }

            if (outcome != CheckAnswer.Outcome.Refused && !TryProve(address, socket, from, outcome == CheckAnswer.Outcome.Nominated))
            {
                return;
            }
        }

        socket.Send(answer[..length], from);
    }

    /// <inheritdoc/>
    public long OnDue(long now)
    {
        lock (Gate)
        {
            if (_stage == Stage.Ended)
            {
                return Deadlines.Never;
            }

            if (_isChecked && now >= _consentUntil)
            {
                End(PeerEnd.ConsentLost);
                return Deadlines.Never;
            }

            if (_stage != Stage.Connected && now >= _limit)
            {
                End(_isChecked ? PeerEnd.HandshakeFailed : PeerEnd.Unused);
                return Deadlines.Never;
            }

            if (_association is { } association && association.Deadline <= now)
            {
                association.OnDue(now);
            }

            return _stage == Stage.Ended ? Deadlines.Never : NextDue;
        }
    }

    /// <summary>Ends it; any thread, any number of times.</summary>
    public void End(PeerEnd why)
    {
        lock (Gate)
        {
            if (_isEnding)
            {
                return;
            }

            _isEnding = true;
            if (_stage == Stage.Connected && why is not (PeerEnd.ClosedByClient or PeerEnd.ConsentLost))
            {
                Guard(SayFarewell);
            }

            _stage = Stage.Ended;
            Ended = why;
            foreach (UdpPath path in _paths.All)
            {
                _all.Table.Remove(path.Address, this);
            }

            _all.Table.Remove(this);
            EndRecords();
            Guard(() => _association?.OnEnded(why));
        }

        // It waits for a handshake no more: its place is another's.
        _all.Threads.Remove(this);
        Log.Ended(_all.Logger, Credentials.Fragment, why);
        Guard(_plan.OnEnded);
    }

    /// <inheritdoc/>
    public void OnFailure(Exception failure)
    {
        _all.Failures.Tell(failure, Credentials.Fragment);
        Guard(() => End(PeerEnd.Failed));
    }

    /// <summary>Does something whose failure must not keep the peer from ending.</summary>
    private void Guard(Action action)
    {
        try
        {
            action();
        }
        catch (Exception failure)
        {
            _all.Failures.Tell(failure, Credentials.Fragment);
        }
    }

    private long NextDue => Math.Min(
        _isChecked ? _consentUntil : Deadlines.Never,
        Math.Min(_stage == Stage.Connected ? Deadlines.Never : _limit, _association?.Deadline ?? Deadlines.Never));

    private bool TryProve(in UdpAddress address, IDatagramSocket socket, SocketAddress from, bool isNominated)
    {
        long now = _all.Deadlines.Now;

        // Each time: another peer may have had the address since.
        if (!_all.Table.TrySet(address, this, now))
        {
            return false;
        }

        if (!_paths.TryFind(address, out UdpPath? path))
        {
            var to = new SocketAddress(from.Family, from.Size);
            from.Buffer[..from.Size].CopyTo(to.Buffer);
            path = new UdpPath(address, socket, to);
            if (_paths.Add(path) is { } gone)
            {
                _all.Table.Remove(gone.Address, this);
            }
        }

        _paths.OnCheck(path, now, isNominated);
        if (path == _paths.Selected)
        {
            // Consent to be sent to is that of where it is sent to (RFC 7675 section 5.1).
            _consentUntil = now + ConsentLife;
        }

        if (!_isChecked)
        {
            _isChecked = true;
            _limit = now + ConnectLimit;
            _all.Deadlines.Schedule(this, _limit);
        }

        return true;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "The peer {Fragment} ended: {Why}.", EventName = "PeerEnded")]
        public static partial void Ended(ILogger logger, string fragment, PeerEnd why);

        [LoggerMessage(2, LogLevel.Debug, "The handshake with the peer {Fragment} failed.", EventName = "PeerHandshakeFailed")]
        public static partial void HandshakeFailed(ILogger logger, string fragment, Exception failure);

        [LoggerMessage(3, LogLevel.Debug, "The peer {Fragment} is connected, at {Address}.", EventName = "PeerConnected")]
        public static partial void Connected(ILogger logger, string fragment, UdpAddress address);
    }
}
