namespace Godwit.WebRtc.Sctp.Sending;

/// <summary>How much may be on its way (RFC 9260 §7.2), in octets.</summary>
internal struct CongestionWindow(int packetLength)
{
    private int _acknowledgedInWindow;
    private bool _isRecovering;
    private uint _recoveryEnds;

    /// <summary>cwnd.</summary>
    public int Size { get; private set; } = Initial(packetLength);

    /// <summary>ssthresh.</summary>
    public int Threshold { get; private set; } = int.MaxValue;

    /// <summary>Whether an earlier loss is being made good (§7.2.4); the window neither grows nor shrinks until then.</summary>
    public readonly bool IsRecovering => _isRecovering;

    /// <summary>The threshold at first is the window of the receiver (§7.2.1).</summary>
    public void Begin(uint window) => Threshold = (int)Math.Min(window, int.MaxValue);

    /// <summary>The other end has received everything up to a TSN.</summary>
    /// <param name="newly">What was acknowledged for the first time.</param>
    /// <param name="before">What was on its way before that.</param>
    /// <param name="left">What is on its way now.</param>
    public void Acknowledge(int newly, int before, int left)
    {
        if (_isRecovering)
        {
            return;
        }

        if (Size <= Threshold)
        {
            if (before >= Size)
            {
                Size += Math.Min(newly, packetLength);
            }
        }
        else
        {
            _acknowledgedInWindow += newly;
            if (_acknowledgedInWindow >= Size)
            {
                bool wasUsed = before >= Size;
                _acknowledgedInWindow = wasUsed ? _acknowledgedInWindow - Size : Size;
                Size += wasUsed ? packetLength : 0;
            }
        }

        if (left == 0)
        {
            _acknowledgedInWindow = 0;
        }
    }

    /// <summary>Something is lost, as three later acknowledgements say. Only the first loss of a window counts.</summary>
    /// <param name="highest">The last TSN that was sent.</param>
    public void OnLoss(uint highest)
    {
        if (_isRecovering)
        {
            return;
        }

        _isRecovering = true;
        _recoveryEnds = highest;
        Threshold = Math.Max(Size / 2, 4 * packetLength);
        Size = Threshold;
        _acknowledgedInWindow = 0;
    }

    /// <summary>Ends the recovery once everything that was on its way when the loss was found is acknowledged.</summary>
    public void OnCumulative(uint cumulative)
    {
        if (_isRecovering && !Wire.Serial.IsBefore(cumulative, _recoveryEnds))
        {
            _isRecovering = false;
        }
    }

    /// <summary>Nothing came back in time (§7.2.3).</summary>
    public void OnTimeout()
    {
        Threshold = Math.Max(Size / 2, 4 * packetLength);
        Size = packetLength;
        _acknowledgedInWindow = 0;
        _isRecovering = false;
    }

    /// <summary>Nothing was sent for some time: what was known of the path grows old (§7.2.1).</summary>
    /// <param name="timeouts">How many retransmission timeouts have passed.</param>
    public void OnIdle(long timeouts)
    {
        for (; timeouts > 0 && Size > 4 * packetLength; timeouts--)
        {
            Size = Math.Max(Size / 2, 4 * packetLength);
        }
    }

    private static int Initial(int packetLength) => Math.Min(4 * packetLength, Math.Max(2 * packetLength, 4404));
}
