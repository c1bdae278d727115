using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Protocol;

namespace Godwit.Limits;

/// <summary>Bounds the exchanges of one session that are held for one room: when one more comes, the oldest is answered.</summary>
/// <remarks>
/// None is refused. Whoever lost its connection while an exchange was held could not poll before the server had noticed; and
/// two tabs with one session each get their answers, if sooner than they asked for.
/// </remarks>
internal sealed class HeldExchanges(int? most)
{
    /// <summary>The most of one session, whatever its rooms; so that one more is not compared with any number.</summary>
    public const int MostOfSession = 32;

    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, List<ExchangeWaiter>> _held = [];

    /// <summary>The exchanges that are held.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _held.Values.Sum(static held => held.Count);
            }
        }
    }

    /// <summary>Notes an exchange that begins to be held, and has those answered that are too many now.</summary>
    public void Add(UInt128 session, ExchangeWaiter waiter)
    {
        if (most is not { } limit)
        {
            return;
        }

        List<ExchangeWaiter>? tooMany = null;
        lock (_lock)
        {
            if (!_held.TryGetValue(session, out List<ExchangeWaiter>? held))
            {
                _held.Add(session, held = new List<ExchangeWaiter>(1));
            }

            held.Add(waiter);
            if (held.Count > limit || held.Count > MostOfSession)
            {
                tooMany = Excess(held, waiter, limit);
            }
        }

        foreach (ExchangeWaiter one in tooMany ?? [])
        {
            GodwitMeter.Hit(LimitNames.HeldExchanges);
            one.AnswerSoon();
        }
    }

    /// <summary>An exchange is not held any more.</summary>
    public void Remove(UInt128 session, ExchangeWaiter waiter)
    {
        lock (_lock)
        {
            if (_held.TryGetValue(session, out List<ExchangeWaiter>? held) && held.Remove(waiter) && held.Count == 0)
            {
                _held.Remove(session);
            }
        }
    }

    /// <summary>From the newest back: those that share a room with the last one that as many newer ones share already.</summary>
    private static List<ExchangeWaiter>? Excess(List<ExchangeWaiter> held, ExchangeWaiter last, int limit)
    {
        List<ExchangeWaiter>? excess = null;
        var counts = new Dictionary<RoomName, int>();
        foreach (RoomName room in last.Rooms)
        {
            counts[room] = 1;
        }

        for (int i = held.Count - 2; i >= 0; i--)
        {
            bool isExcess = held.Count - i > MostOfSession || held[i].Rooms.Any(room => counts.TryGetValue(room, out int count) && count >= limit);
            if (isExcess)
            {
                (excess ??= []).Add(held[i]);
                continue;
            }

            foreach (RoomName room in held[i].Rooms)
            {
                if (counts.TryGetValue(room, out int count))
                {
                    counts[room] = count + 1;
                }
            }
        }

        return excess;
    }
}
