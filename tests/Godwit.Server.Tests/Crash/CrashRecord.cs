using Godwit.Protocol;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Crash;

/// <summary>What was acknowledged and what was seen, kept by nobody that the server knows. Whatever contradicts it is a violation.</summary>
internal sealed class CrashRecord
{
    private const int MostViolations = 50;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Room, long Offset), Known> _entries = [];
    private readonly Dictionary<string, (string Room, long Offset)> _publishes = [];
    private readonly HashSet<string> _attempted = [];
    private readonly List<string> _violations = [];

    /// <summary>What must not be and was.</summary>
    public IReadOnlyList<string> Violations
    {
        get
        {
            lock (_lock)
            {
                return [.. _violations];
            }
        }
    }

    /// <summary>The publishes that were acknowledged.</summary>
    public long Acknowledged { get; private set; }

    /// <summary>Those of them that had been stored by an attempt that nobody answered.</summary>
    public long Duplicates { get; private set; }

    /// <summary>Something is sent.</summary>
    public void Attempts(string data)
    {
        lock (_lock)
        {
            _attempted.Add(data);
        }
    }

    /// <summary>A publish was acknowledged.</summary>
    public void Acknowledges(string room, string data, string position, bool duplicate)
    {
        lock (_lock)
        {
            Acknowledged++;
            Duplicates += duplicate ? 1 : 0;
            Take(room, position, data, $"the acknowledgement of {data}", isAcknowledged: true);
        }
    }

    /// <summary>A reader was given an entry.</summary>
    public void Sees(string room, string position, string data, string reader)
    {
        lock (_lock)
        {
            Take(room, position, data, reader, isAcknowledged: false);
        }
    }

    /// <summary>The offset that the last reader of all must have come to: that of the newest entry acknowledged.</summary>
    public long Newest(string room)
    {
        lock (_lock)
        {
            return _entries.Where(entry => entry.Key.Room == room && entry.Value.IsAcknowledged).Select(static entry => entry.Key.Offset).DefaultIfEmpty().Max();
        }
    }

    /// <summary>Compares a whole log with what was acknowledged.</summary>
    /// <param name="room">The room.</param>
    /// <param name="log">The offsets that are in it.</param>
    public void Compare(string room, IReadOnlySet<long> log)
    {
        lock (_lock)
        {
            foreach (((string of, long offset), Known known) in _entries)
            {
                if (of == room && !log.Contains(offset))
                {
                    Violates($"{room}: entry {known.Position} was {(known.IsAcknowledged ? "acknowledged" : "shown")} and is not in the log");
                }
            }
        }
    }

    /// <summary>Notes a violation.</summary>
    public void Violates(string what)
    {
        lock (_lock)
        {
            if (_violations.Count < MostViolations)
            {
                _violations.Add(what);
            }
        }
    }

    private void Take(string room, string position, string data, string by, bool isAcknowledged)
    {
        long offset = Position.TryParse(position, out Position parsed) ? parsed.Offset : throw new ContractException("A position is malformed.", position);
        if (_entries.TryGetValue((room, offset), out Known known))
        {
            if (known.Position != position || known.Data != data)
            {
                Violates($"{room}: {by} has {position} with {data}, and offset {offset} was {known.Position} with {known.Data}");
            }

            if (isAcknowledged)
            {
                _entries[(room, offset)] = known with { IsAcknowledged = true };
            }

            return;
        }

        _entries.Add((room, offset), new Known(position, data, isAcknowledged));
        if (!_attempted.Contains(data))
        {
            Violates($"{room}: {by} has {position} with {data}, which nobody published");
        }
        else if (!_publishes.TryAdd(data, (room, offset)))
        {
            Violates($"{room}: {by} has {position} with {data}, which is entry {_publishes[data].Offset} of {_publishes[data].Room} too");
        }
    }

    private readonly record struct Known(string Position, string Data, bool IsAcknowledged);
}
