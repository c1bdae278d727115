namespace Godwit.WebRtc.Sctp;

/// <summary>How long to wait for an answer (RFC 9260 §6.3.1), in milliseconds.</summary>
internal struct RetransmissionTimeout(int initial, int least, int longest)
{
    // Times eight and times four, so that the shares of a new measurement, an eighth and a quarter, are whole.
    private int _smoothedTimes8;
    private int _varianceTimes4;
    private bool _isMeasured;

    /// <summary>RTO.</summary>
    public int Current { get; private set; } = initial;

    /// <summary>SRTT; 0 before the first measurement.</summary>
    public readonly int Smoothed => _smoothedTimes8 >> 3;

    /// <summary>Takes a round trip of a packet that was sent once.</summary>
    public void Measure(long roundTrip)
    {
        int measured = (int)Math.Clamp(roundTrip, 0, 60_000);
        if (_isMeasured)
        {
            int difference = Math.Abs(Smoothed - measured);
            _varianceTimes4 += difference - (_varianceTimes4 >> 2);
            _smoothedTimes8 += measured - Smoothed;
        }
        else
        {
            _isMeasured = true;
            _smoothedTimes8 = measured << 3;
            _varianceTimes4 = measured << 1;
        }

        // The variance is never less than what the clock can tell apart.
        Current = Math.Clamp(Smoothed + Math.Max(_varianceTimes4, 1), least, longest);
    }

    /// <summary>Nothing came back in time: twice as long (§6.3.3, E2).</summary>
    public void BackOff() => Current = Math.Min(Current * 2, longest);
}
