using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp.Receiving;

/// <summary>A DATA chunk that has arrived: its payload if that waits for others.</summary>
internal struct HeldChunk
{
    /// <summary>What a chunk costs beside its octets.</summary>
    public const int Overhead = 64;

    /// <summary>A buffer with the payload, if <see cref="State"/> is <see cref="HeldState.Held"/>.</summary>
    public byte[]? Block;

    public int Length;

    public uint Protocol;

    public ushort Stream;

    public ushort Sequence;

    public PayloadFlags Flags;

    public HeldState State;

    public readonly bool Begins => (Flags & PayloadFlags.Begins) != 0;

    public readonly bool Ends => (Flags & PayloadFlags.Ends) != 0;

    public readonly bool IsUnordered => (Flags & PayloadFlags.Unordered) != 0;

    public readonly ReadOnlySpan<byte> Payload => Block.AsSpan(0, Length);

    /// <summary>Whether this can be the piece behind another one of the same message.</summary>
    public readonly bool Continues(in HeldChunk before) =>
        State == HeldState.Held && before.State == HeldState.Held && !Begins && !before.Ends && Stream == before.Stream && IsUnordered == before.IsUnordered
        && (IsUnordered || Sequence == before.Sequence);
}

/// <summary>What became of a TSN.</summary>
internal enum HeldState : byte
{
    /// <summary>It has not arrived.</summary>
    Missing,

    /// <summary>It waits for others.</summary>
    Held,

    /// <summary>Its message was delivered.</summary>
    Delivered,
}
