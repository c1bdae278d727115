using Godwit.Feeds.Framings;

namespace Godwit.Presence;

/// <summary>What is told of a room's members to everyone who stands at the same place, framed once for each framing.</summary>
/// <param name="from">The version that it begins behind; −1 for whoever has no list.</param>
/// <param name="to">The version that it leads to.</param>
/// <param name="hasList">Whether the client knows all members afterwards.</param>
/// <param name="text">The object.</param>
internal sealed class RosterFrame(long from, long to, bool hasList, byte[] text)
{
    private readonly byte[]?[] _framed = new byte[Framing.Count][];

    /// <summary>The version that it begins behind.</summary>
    public long From => from;

    /// <summary>The version that it leads to.</summary>
    public long To => to;

    /// <summary>Whether the client knows all members afterwards.</summary>
    public bool HasList => hasList;

    /// <summary>The frame.</summary>
    public byte[] Octets(Framing framing) => Volatile.Read(ref _framed[framing.Index]) ?? (_framed[framing.Index] = framing.Control(text, null));
}
