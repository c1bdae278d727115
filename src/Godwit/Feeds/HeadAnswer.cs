using Godwit.Feeds.Framings;
using Godwit.Protocol;

namespace Godwit.Feeds;

/// <summary>What an exchange is told that stands at the head of a quiet room: composed once, and taken without a lock by all that stand there.</summary>
/// <remarks>The feed drops it before anything changes of what it says.</remarks>
internal sealed class HeadAnswer
{
    private readonly byte[] _octets;
    private readonly int _memberLength;

    /// <summary>Composes the texts.</summary>
    /// <param name="text">Composes for the room.</param>
    /// <param name="judgement">The head, judged.</param>
    /// <param name="rate">How often entries come there.</param>
    public HeadAnswer(EntryText text, in Judgement judgement, EntryRate rate)
    {
        Judgement = judgement;
        Rate = rate;
        Span<byte> position = stackalloc byte[Position.MaxTextLength];
        position = position[..judgement.Position.WriteUtf8(position)];
        _octets = new byte[EntryText.MemberLength(text.Name, position) + text.JoinedLength(position)];
        var octets = new Utf8Text(_octets);
        EntryText.AppendMember(ref octets, text.Name, position);
        _memberLength = octets.Length;
        text.AppendJoined(ref octets, position, judgement);
    }

    /// <summary>The head, judged.</summary>
    public Judgement Judgement { get; }

    /// <summary>How often entries come.</summary>
    public EntryRate Rate { get; }

    /// <summary>The octets of both texts.</summary>
    public int Length => _octets.Length;

    /// <summary>The room and its position, as a member of an object.</summary>
    public ReadOnlySpan<byte> Member => _octets.AsSpan(0, _memberLength);

    /// <summary>The frame <c>joined</c>.</summary>
    public ReadOnlySpan<byte> Joined => _octets.AsSpan(_memberLength);
}
