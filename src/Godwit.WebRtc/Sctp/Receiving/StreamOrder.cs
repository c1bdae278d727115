namespace Godwit.WebRtc.Sctp.Receiving;

/// <summary>Which ordered message of each incoming stream comes next. Streams that have had none, or were reset, take no place.</summary>
internal struct StreamOrder(int most)
{
    private (ushort Stream, ushort Next)[] _places = [];
    private int _count;

    /// <summary>The stream sequence number that comes next.</summary>
    public readonly ushort Next(ushort stream)
    {
        int at = Find(stream);
        return at < 0 ? (ushort)0 : _places[at].Next;
    }

    /// <summary>Sets what comes next; false if there is no place for one more stream.</summary>
    public bool TrySet(ushort stream, ushort next)
    {
        int at = Find(stream);
        if (at < 0)
        {
            if (_count == most)
            {
                return false;
            }

            if (_count == _places.Length)
            {
                Array.Resize(ref _places, Math.Max(2, _count * 2));
            }

            at = _count++;
        }

        _places[at] = (stream, next);
        return true;
    }

    /// <summary>A stream begins again with 0.</summary>
    public void Reset(ushort stream)
    {
        int at = Find(stream);
        if (at >= 0)
        {
            _places[at] = _places[--_count];
        }
    }

    /// <summary>All streams begin again with 0.</summary>
    public void ResetAll() => _count = 0;

    private readonly int Find(ushort stream)
    {
        for (int at = 0; at < _count; at++)
        {
            if (_places[at].Stream == stream)
            {
                return at;
            }
        }

        return -1;
    }
}
