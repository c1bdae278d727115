namespace Godwit.WebRtc.Dtls;

/// <summary>Which numbers of records have come (RFC 6347 section 4.1.2.6): each is taken once, and none that is far behind.</summary>
internal struct ReplayWindow
{
    private const int Size = 64;

    private ulong _next;
    private ulong _seen;

    /// <summary>Whether a number may still be taken.</summary>
    public readonly bool IsNew(ulong number) =>
        number >= _next || (_next - number <= Size && (_seen & (1UL << (int)(_next - 1 - number))) == 0);

    /// <summary>Notes a number of a record that was proven genuine.</summary>
    public void Add(ulong number)
    {
        if (number < _next)
        {
            _seen |= 1UL << (int)(_next - 1 - number);
            return;
        }

        ulong by = number + 1 - _next;
        _seen = by >= Size ? 1 : (_seen << (int)by) | 1;
        _next = number + 1;
    }
}
