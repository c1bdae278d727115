using System.Security.Cryptography;
using Godwit.WebRtc.Sctp.Receiving;
using Godwit.WebRtc.Sctp.Sending;

namespace Godwit.WebRtc.Sctp;

/// <summary>One end of an SCTP association over DTLS (RFC 9260, RFC 8261) with partial reliability (RFC 3758) and stream reset (RFC 6525).</summary>
/// <remarks>
/// It has no thread, no timer and no clock: who owns it gives it packets and the time, in milliseconds of any clock that never goes
/// back, calls <see cref="OnDeadline"/> when <see cref="NextDeadline"/> has come, and makes no two calls at once. Packets go out through
/// <see cref="IAssociationUser.Send"/> before a call returns.
/// </remarks>
internal sealed partial class Association : IMessageReceiver
{
    /// <summary>A deadline that never comes.</summary>
    public const long Never = long.MaxValue;

    private static long _made;

    private readonly SctpOptions _options;
    private readonly IAssociationUser _user;
    private readonly long _number = Interlocked.Increment(ref _made);
    private readonly ushort _ownPort;
    private readonly ushort _peerPort;

    private uint _ownTag;
    private uint _ownFirstTsn;
    private PeerParameters _peer;
    private Outstanding? _outstanding;
    private Reassembler? _reassembler;
    private RetransmissionTimeout _timeout;
    private long _now;
    private int _depth;
    private int _failures;

    /// <summary>Makes an end that waits for the other end to begin.</summary>
    /// <param name="options">The parameters.</param>
    /// <param name="user">Who uses it.</param>
    /// <param name="ownPort">The SCTP port of this end, as its SDP says.</param>
    /// <param name="peerPort">The SCTP port of the other end.</param>
    public Association(SctpOptions options, IAssociationUser user, ushort ownPort = 5000, ushort peerPort = 5000)
    {
        _options = options;
        _user = user;
        _ownPort = ownPort;
        _peerPort = peerPort;
        _timeout = new RetransmissionTimeout(options.InitialTimeout, options.LeastTimeout, options.LongestTimeout);
        _window = new CongestionWindow(options.PacketLength);
    }

    /// <summary>The state of the association.</summary>
    public AssociationState State { get; private set; }

    /// <summary>How many octets are held of messages that were sent and that wait, each with its overhead.</summary>
    public int Buffered { get; private set; }

    /// <summary>The round trip time, smoothed, in milliseconds; 0 while it is not known.</summary>
    public int RoundTrip => _timeout.Smoothed;

    /// <summary>The congestion window, in octets.</summary>
    public int CongestionWindow => _window.Size;

    /// <summary>What is on its way, in octets.</summary>
    public int Flight => _outstanding?.Flight ?? 0;

    /// <summary>What is held of what has arrived and is not whole or in its turn, in octets.</summary>
    public int Held => _reassembler?.Held ?? 0;

    /// <summary>Begins the association from this end. It must be closed.</summary>
    public void Connect(long now)
    {
        if (State != AssociationState.Closed)
        {
            throw new InvalidOperationException($"The association is {State}; it can be begun once, while it is Closed.");
        }

        Enter(now);
        BeginHandshake();
        Leave();
    }

    /// <summary>Begins a number of calls whose output may share packets; <see cref="Leave"/> ends it.</summary>
    public void Enter(long now)
    {
        if (_depth++ == 0)
        {
            MoveOn(now);
        }
    }

    /// <summary>Ends what <see cref="Enter"/> began; the last one sends what is due.</summary>
    public void Leave()
    {
        if (_depth > 1)
        {
            _depth--;
            return;
        }

        do
        {
            Transmit();
        }
        while (State != AssociationState.Ended && _user.OnProgress());

        ClosePacket();
        if (State == AssociationState.Ended)
        {
            Clear();
        }

        _depth = 0;
    }

    private void MoveOn(long now)
    {
        if (now > _now)
        {
            _now = now;
            _burst = _options.Burst;
        }
    }

    void IMessageReceiver.OnMessage(ushort stream, uint protocol, ReadOnlySpan<byte> message)
    {
        if (State != AssociationState.Ended)
        {
            _user.OnMessage(stream, protocol, message);
        }
    }

    /// <summary>Both ends know what they need: from here on there is an association.</summary>
    private void Establish(bool again)
    {
        _outstanding?.Clear();
        _reassembler?.Clear();
        _outstanding = new Outstanding(_ownFirstTsn) { MayAbandon = _peer.TakesForwardTsn };
        _reassembler = new Reassembler(_options, _peer.Tsn, this);
        _window = new CongestionWindow(_options.PacketLength);
        _window.Begin(_peer.Window);
        _announced = _peer.Window;
        _handshakeAt = _resendAt = _acknowledgeAt = _resetAt = Never;
        _unacknowledged = _duplicateCount = _failures = _fastAllowance = 0;
        _acknowledgeNow = _forwardDue = _isAsking = false;
        _ownResetNumber = _ownFirstTsn;
        _peerResetNumber = _peer.Tsn;
        _lastResetResult = ResetResult.BadNumber;
        State = AssociationState.Established;
        _lastSentAt = _now;
        _heartbeatAt = _now + IdleInterval;
        _burst = _options.Burst;
        _user.OnEstablished(again);
    }

    /// <summary>The association is over; nothing is sent any more.</summary>
    private void End(AssociationEnd end)
    {
        if (State == AssociationState.Ended)
        {
            return;
        }

        State = AssociationState.Ended;
        _handshakeAt = _resendAt = _acknowledgeAt = _resetAt = _heartbeatAt = _heartbeatLostAt = _giveUpAt = _paceAt = Never;
        _user.OnEnded(end);
    }

    private void Clear()
    {
        while (_queue.Current is not null || _queue.Begin() is not null)
        {
            Unqueue();
        }

        _outstanding?.Clear();
        _reassembler?.Clear();
        _outstanding = null;
        _reassembler = null;
        _resets = null;
        Buffered = 0;
    }

    private static uint Random()
    {
        Span<byte> octets = stackalloc byte[sizeof(uint)];
        uint number;
        do
        {
            RandomNumberGenerator.Fill(octets);
            number = BitConverter.ToUInt32(octets);
        }
        while (number == 0);

        return number;
    }
}
