using Godwit.Brokers;
using Godwit.Feeds;
using Godwit.Feeds.Pump;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Frames;

namespace Godwit.Sessions.Exchanges;

/// <summary>A room of an exchange while it is carried out.</summary>
internal struct ExchangeRoom(in RoomJoin join)
{
    /// <summary>What is asked for.</summary>
    public readonly RoomJoin Join = join;

    /// <summary>The feed of the room, held for as long as the exchange lasts; null where it is not read.</summary>
    public Feed? Held;

    /// <summary>What to answer, where the room is quiet and the exchange at its head; then no feed is held. Else null.</summary>
    public HeadAnswer? AtHead;

    /// <summary>Which entries are delivered; known once the feed is held.</summary>
    public Delivery Delivery;

    /// <summary>Whether reading begins with the place that was judged, and not with what was asked for.</summary>
    public bool GoesOn;

    /// <summary>Where reading began, and the verdict.</summary>
    public Judgement Judgement;

    /// <summary>What was read and is to be delivered as far as the answer has room: <see cref="Taken"/> of it is.</summary>
    public IReadOnlyList<Entry> Page = [];

    /// <summary>How many entries of the page the answer has.</summary>
    public int Taken;

    /// <summary>The pages before it, of which the answer has every entry; null where there are none.</summary>
    public List<Entry>? Earlier;

    /// <summary>Whether entries behind the page existed.</summary>
    public bool HasMore;

    /// <summary>Whether it was asked already whether the caller may begin to read it.</summary>
    public bool IsAdmitted;

    /// <summary>Whether the session is a member of it.</summary>
    public bool IsMember;

    /// <summary>A frame behind <c>joined</c>, if there is one to tell.</summary>
    public byte[]? Notice;

    /// <summary>The frame in place of <c>joined</c>; null where the room is read.</summary>
    public byte[]? Error;

    /// <summary>The feed of a room that is read and not <see cref="AtHead"/>.</summary>
    public readonly Feed Feed => Held!;

    /// <summary>How often entries come in a room that is read.</summary>
    public readonly EntryRate Rate => AtHead?.Rate ?? Feed.Rate;

    /// <summary>Where reading begins the next time.</summary>
    public readonly ReadFrom From => GoesOn ? ReadFrom.After(Judgement.Position) : Join.From;

    /// <summary>Whether every entry of the page is in the answer.</summary>
    public readonly bool IsTaken => Taken == Page.Count;

    /// <summary>The entries that the answer has.</summary>
    public readonly int Count => (Earlier?.Count ?? 0) + Taken;

    /// <summary>Where it waits for the next entry.</summary>
    public readonly WaitingPlace Place => new(Feed, Judgement.Position.Offset, Judgement.Generation);

    /// <summary>An entry that the answer has.</summary>
    public readonly Entry this[int index] => Earlier is null ? Page[index] : index < Earlier.Count ? Earlier[index] : Page[index - Earlier.Count];

    /// <summary>The position to go on from.</summary>
    public readonly Position End =>
        Count == 0 ? Judgement.Position : new Position(Judgement.Position.Epoch, this[Count - 1].Offset, this[Count - 1].Mark);

    /// <summary>Answers it without holding its feed, if there is nothing new in it: the usual case of an exchange that is answered at once.</summary>
    /// <param name="services">Where rooms are.</param>
    /// <param name="now">The time, in ms of the pump's clock.</param>
    public bool TryAnswerAtHead(SessionServices services, long now)
    {
        AtHead = services.Reads.TryAnswerAtHead(Join.Room, Join.From, now);
        if (AtHead is null)
        {
            return false;
        }

        Judgement = AtHead.Judgement;
        return true;
    }

    /// <summary>Reads it, if what is at hand here is enough for that: the usual case, in which nothing is waited for.</summary>
    public bool TryBegin(SessionServices services, ReadLimits limits)
    {
        if (Held is null)
        {
            if (services.Reads.TryHold(Join.Room) is not { } feed)
            {
                return false;
            }

            Hold(feed, services.Policies);
        }

        if (!Feed.TryRead(From, limits, Delivery, out RoomPage page))
        {
            return false;
        }

        Begin(page);
        return true;
    }

    /// <summary>Takes the feed, which is let go with the exchange.</summary>
    public void Hold(Feed feed, RoomPolicies policies)
    {
        Held = feed;
        Delivery = Join.Delivery ?? (feed.Policy ??= policies.For(Join.Room)).Delivery;
    }

    /// <summary>Takes what was read from <see cref="From"/>.</summary>
    public void Begin(in RoomPage page)
    {
        Judgement = page.Judgement;
        Earlier = null;
        Page = page.Entries;
        HasMore = page.HasMore;
        Taken = 0;
    }

    /// <summary>Goes on with the page that follows one that was taken whole.</summary>
    public void GoOn(in RoomPage page)
    {
        (Earlier ??= []).AddRange(Page);
        Page = page.Entries;
        HasMore = page.HasMore;
        Taken = 0;
    }
}
