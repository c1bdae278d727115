using Godwit.Brokers;

namespace Godwit.Sessions.Exchanges;

/// <summary>What the rooms of an exchange share: each is given one entry after the other, in turn.</summary>
internal struct SharedLimit(int entries, int bytes)
{
    private int _entries = entries;
    private int _bytes = bytes;
    private bool _hasTaken;

    /// <summary>Whether an entry did not fit any more: nothing else is given.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The part of what is left that each of some rooms may read.</summary>
    public readonly ReadLimits Part(int rooms) => new(Math.Max(1, (_entries + rooms - 1) / rooms), Math.Max(1, _bytes / rooms));

    /// <summary>Gives the rooms their entries.</summary>
    /// <param name="rooms">The rooms; what they had before stays theirs.</param>
    /// <param name="first">The room that begins. One that is the first each time could keep all others back with entries as large as the limit.</param>
    public void Share(Span<ExchangeRoom> rooms, int first)
    {
        bool goesOn = true;
        while (goesOn && !IsOver)
        {
            goesOn = false;
            for (int i = 0; i < rooms.Length; i++)
            {
                ref ExchangeRoom room = ref rooms[(first + i) % rooms.Length];
                if (room.Error is not null || room.IsTaken)
                {
                    continue;
                }

                if (!TryTake(room.Feed.Text.MaxLength(room.Page[room.Taken]) + 1))
                {
                    IsOver = true;
                    return;
                }

                room.Taken++;
                goesOn = true;
            }
        }
    }

    /// <summary>Takes the place of one entry; the first always has one.</summary>
    private bool TryTake(int length)
    {
        if (_hasTaken && (_entries == 0 || length > _bytes))
        {
            return false;
        }

        _hasTaken = true;
        _entries--;
        _bytes -= length;
        return true;
    }
}
