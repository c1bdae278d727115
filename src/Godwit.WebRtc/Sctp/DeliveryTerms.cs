namespace Godwit.WebRtc.Sctp;

/// <summary>How hard it is tried to deliver a message (RFC 3758, RFC 7496). The default is reliable and ordered.</summary>
internal readonly record struct DeliveryTerms
{
    // Complements, so that a default value has no limits.
    private readonly uint _retransmissions;
    private readonly uint _lifetime;

    /// <summary>Makes terms.</summary>
    /// <param name="isUnordered">Whether a message may arrive before those that were sent earlier.</param>
    /// <param name="mostRetransmissions">How often it is sent again; <see cref="uint.MaxValue"/> without limit.</param>
    /// <param name="lifetime">For how many milliseconds it is worth sending; <see cref="uint.MaxValue"/> without limit.</param>
    public DeliveryTerms(bool isUnordered = false, uint mostRetransmissions = uint.MaxValue, uint lifetime = uint.MaxValue)
    {
        IsUnordered = isUnordered;
        _retransmissions = ~mostRetransmissions;
        _lifetime = ~lifetime;
    }

    /// <summary>Whether a message may arrive before those that were sent earlier.</summary>
    public bool IsUnordered { get; init; }

    /// <summary>How often a message is sent again; <see cref="uint.MaxValue"/> without limit.</summary>
    public uint MostRetransmissions => ~_retransmissions;

    /// <summary>For how many milliseconds a message is worth sending; <see cref="uint.MaxValue"/> without limit.</summary>
    public uint Lifetime => ~_lifetime;

    /// <summary>Whether a message is never given up.</summary>
    public bool IsReliable => _retransmissions == 0 && _lifetime == 0;
}
