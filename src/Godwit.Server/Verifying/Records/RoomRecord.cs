using System.Globalization;
using Godwit.Protocol;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Records;

/// <summary>What is known of a room. Each method says what contradicts it.</summary>
internal sealed class RoomRecord(RunRecord run, RoomPlan plan)
{
    private readonly Lock _lock = new();
    private readonly List<EpochRecord> _epochs = [];
    private readonly Dictionary<UInt128, Publish> _publishes = [];
    private long _open;

    public RunRecord Run { get; } = run;

    public RoomPlan Plan { get; } = plan;

    public string Name => Plan.Name;

    /// <summary>The log that is there now, as far as is known; null before any was heard of.</summary>
    public EpochRecord? Current
    {
        get
        {
            lock (_lock)
            {
                return _epochs.Count > 0 ? _epochs[^1] : null;
            }
        }
    }

    /// <summary>What was published with this data.</summary>
    public Publish? PublishOf(string text)
    {
        UInt128 hash = Content.HashOf(text);
        lock (_lock)
        {
            return _publishes.GetValueOrDefault(hash);
        }
    }

    /// <summary>Something is about to be sent for the first time.</summary>
    public Publish Begin(string text, string? key)
    {
        lock (_lock)
        {
            EpochRecord? current = _epochs.Count > 0 ? _epochs[^1] : null;
            var publish = new Publish(text, key, Run.Clock.Now, current?.At(current.Acknowledged));
            _publishes.Add(publish.Content.Hash, publish);
            _open++;
            return publish;
        }
    }

    /// <summary>What was sent will not be sent again: it was answered, or is given up.</summary>
    public void Finish(Publish publish, bool isAnswered)
    {
        lock (_lock)
        {
            publish.IsAnswered = isAnswered;
            publish.Forget();
            _open -= isAnswered ? 1 : 0;
        }
    }

    /// <summary>An attempt was acknowledged.</summary>
    public IEnumerable<(Promise, string)> Acknowledge(Publish publish, string position, bool isDuplicate)
    {
        var wrong = new List<(Promise, string)>();
        lock (_lock)
        {
            if (!Parse(position, out string epoch, out long offset, out string mark))
            {
                return [(Promise.WireContract, $"A publish was acknowledged with the position {position}, which is none")];
            }

            EpochRecord log = LogOf(epoch, wrong);
            if (publish.Position is { } first && first != position)
            {
                if (isDuplicate || !Excuses(first, epoch))
                {
                    wrong.Add((Promise.PublishOnce, $"The key {publish.Key} was acknowledged at {first}, and when it was repeated at {position}"));
                }
            }
            else if (publish.Position is not null && !isDuplicate)
            {
                wrong.Add((Promise.PublishOnce, $"The repeated key {publish.Key} was acknowledged at {position} as if it were new"));
            }
            else if (publish.Position is null && isDuplicate && publish.Attempts == 1)
            {
                wrong.Add((Promise.PublishOnce, $"The key {publish.Key}, sent for the first time, was answered as a duplicate of {position}"));
            }

            if (publish is { Position: null, Before: { } head } && IsOf(head, epoch) && offset <= head.Offset && !Run.Faults.Excuses(Loss.End, head.Earliest, head.Known))
            {
                wrong.Add((Promise.Order, $"A publish got the offset {offset}, though {head.Offset} had been acknowledged before it was sent"));
            }

            Take(log, position, offset, mark, publish.Content, wrong).IsAcknowledged = true;
            log.Acknowledged = Math.Max(log.Acknowledged, offset);
            publish.Position = position;
            publish.AcknowledgedAt = Run.Clock.Now;
        }

        return wrong;
    }

    /// <summary>What is sent in one request, or on one connection, is carried out in that order.</summary>
    /// <param name="before">The position of what was sent before; null for nothing.</param>
    /// <param name="position">The position of what was sent behind it.</param>
    /// <param name="sent">When.</param>
    public IEnumerable<(Promise, string)> CompareOrder(string? before, string position, TimeSpan sent)
    {
        if (before is not null && !Run.Faults.Excuses(Loss.End, sent, Run.Clock.Now) && Parse(before, out string epoch, out long first, out _) && Parse(position, out string log, out long second, out _) && epoch == log && second <= first)
        {
            yield return (Promise.Order, $"Of two publishes in one request the first was acknowledged at {before}, the second at {position}");
        }
    }

    /// <summary>A reader was given an entry, and after which one.</summary>
    public EntryRecord? See(string position, string text, string? markBefore, List<(Promise, string)> wrong)
    {
        Content content = Content.Of(text);
        lock (_lock)
        {
            if (!Parse(position, out string epoch, out long offset, out string mark))
            {
                wrong.Add((Promise.WireContract, $"The position {position} is none"));
                return null;
            }

            EntryRecord entry = Take(LogOf(epoch, wrong), position, offset, mark, content, wrong);
            if (markBefore is not null)
            {
                if (entry.Predecessor is null)
                {
                    (entry.Predecessor, entry.PredecessorAt) = (markBefore, Run.Clock.Now);
                }
                else if (entry.Predecessor != markBefore)
                {
                    wrong.Add((Promise.NoContradiction, string.Create(CultureInfo.InvariantCulture, $"Entry {position} came to this reader after mark {markBefore}, and to another, at {entry.PredecessorAt.TotalSeconds:F3} s, after mark {entry.Predecessor}: one of them was not told of a reset")));
                }
            }

            return entry;
        }
    }

    /// <summary>A log was heard of in a verdict.</summary>
    public void Hear(string position, List<(Promise, string)> wrong)
    {
        lock (_lock)
        {
            if (Parse(position, out string epoch, out _, out _))
            {
                LogOf(epoch, wrong);
            }
        }
    }

    /// <summary>Whether a fault explains that a position does not hold any more, and that the log is now one of this identity.</summary>
    public bool ExcusesReset(string position, string epoch)
    {
        lock (_lock)
        {
            return Excuses(position, epoch);
        }
    }

    /// <summary>Says why a gap cannot be true; null if it may be.</summary>
    public string? RefuteGap(string epoch, OffsetRange missing)
    {
        lock (_lock)
        {
            if (Plan.KeepsEverything)
            {
                return $"A gap {missing.From}–{missing.To} was told of a room that keeps everything";
            }

            EpochRecord? log = _epochs.Find(log => log.Epoch == epoch);
            long most = (log?.Head ?? 0) + _open;
            return Plan.Retains is { } retains && missing.To > most - retains
                ? $"A gap {missing.From}–{missing.To} was told of a room that keeps {retains} entries, and there were {most} at most"
                : null;
        }
    }

    /// <summary>The newest offset acknowledged in a log by now.</summary>
    public long AcknowledgedIn(string epoch)
    {
        lock (_lock)
        {
            return _epochs.Find(log => log.Epoch == epoch)?.Acknowledged ?? 0;
        }
    }

    /// <summary>The entry that a reader waits for, if it is known to exist.</summary>
    public EntryRecord? After(string epoch, long offset)
    {
        lock (_lock)
        {
            return _epochs.Find(log => log.Epoch == epoch)?.At(offset + 1);
        }
    }

    /// <summary>Compares the log, read from its oldest entry to its end, with what was acknowledged and seen.</summary>
    /// <param name="epoch">The log.</param>
    /// <param name="first">The oldest offset that it has.</param>
    /// <param name="positions">Its positions.</param>
    public IReadOnlyList<(Promise, string)> Compare(string epoch, long first, IReadOnlySet<string> positions)
    {
        var wrong = new List<(Promise, string)>();
        lock (_lock)
        {
            if (_epochs.Find(log => log.Epoch == epoch) is not { } log)
            {
                return wrong;
            }

            if (first > 1 && !Plan.IsLatest && RefuteGap(epoch, new OffsetRange(1, first - 1)) is { } refuted)
            {
                wrong.Add((Promise.NoLoss, $"The log begins with entry {first}. {refuted}"));
            }

            foreach (EntryRecord entry in log.Entries.Values)
            {
                if (entry.Offset >= first && !positions.Contains(entry.Position) && !Run.Faults.Excuses(Loss.End, entry.Earliest, entry.Known))
                {
                    wrong.Add(entry.IsAcknowledged
                        ? (Promise.AcknowledgedIsStored, $"Entry {entry.Position} was acknowledged and is not in the log")
                        : (Promise.NoContradiction, $"Entry {entry.Position} was given to a reader and is not in the log"));
                }
            }

            foreach (Publish publish in _publishes.Values.Where(static publish => publish is { IsRefused: true, Entries.Count: > 0 }))
            {
                wrong.Add((Promise.PublishOnce, $"A publish that was refused is in the log, at {publish.Entries[0].Position}"));
            }
        }

        return wrong;
    }

    private static bool Parse(string position, out string epoch, out long offset, out string mark)
    {
        (epoch, offset, mark) = ("", 0, "");
        if (!Position.TryParse(position, out Position parsed))
        {
            return false;
        }

        int first = position.IndexOf('-', StringComparison.Ordinal);
        int second = position.LastIndexOf('-');
        (epoch, offset, mark) = (position[..first], parsed.Offset, position[(second + 1)..]);
        return true;
    }

    // A log is lost by what happens after it was first heard of, its end by what happens after the end was.
    private bool Excuses(string position, string epoch)
    {
        if (!Parse(position, out string before, out long offset, out string mark) || _epochs.Find(log => log.Epoch == before) is not { } log)
        {
            return Run.Faults.Excuses(Loss.End);
        }

        return epoch != before ? Run.Faults.Excuses(Loss.Log, log.First)
            : log.Find(offset, mark) is { } entry ? Run.Faults.Excuses(Loss.End, entry.Earliest, entry.Known)
            : Run.Faults.Excuses(Loss.End);
    }

    private EpochRecord LogOf(string epoch, List<(Promise, string)> wrong)
    {
        EpochRecord? log = _epochs.Find(log => log.Epoch == epoch);
        if (log is null)
        {
            if (_epochs.Count > 0 && !Run.Faults.Excuses(Loss.Log, _epochs[^1].First))
            {
                wrong.Add((Promise.NoContradiction, $"The log {_epochs[^1].Epoch} has become {epoch}, and no fault explains it"));
            }

            log = new EpochRecord(epoch, Run.Clock.Now);
            _epochs.Add(log);
        }

        return log;
    }

    private EntryRecord Take(EpochRecord log, string position, long offset, string mark, Content content, List<(Promise, string)> wrong)
    {
        if (log.Find(offset, mark) is { } known)
        {
            if (known.Content.Hash != content.Hash)
            {
                wrong.Add((Promise.NoContradiction, $"Entry {position} is {content}, and was {known.Content} before"));
            }

            return known;
        }

        var entry = new EntryRecord(position, offset, mark, content, Run.Clock.Now, Run.Clock.Calm);
        EntryRecord? before = log.Add(entry);
        bool isLost = before is not null && Run.Faults.Excuses(Loss.End, before.Earliest, before.Known);
        if (isLost)
        {
            log.CutAfter(offset);
        }
        else if (before is not null)
        {
            wrong.Add((before.IsAcknowledged ? Promise.AcknowledgedIsStored : Promise.NoContradiction, $"Entry {offset} is {position} with {content}, and was {before.Position} with {before.Content} before"));
        }

        if (!_publishes.TryGetValue(content.Hash, out Publish? publish))
        {
            wrong.Add((Promise.NoContradiction, $"Entry {position} is {content}, which nobody published in this room"));
            return entry;
        }

        entry.Publish = publish;
        EntryRecord? twice = publish.Entries.Find(other => IsOf(other, log.Epoch));
        publish.Entries.Add(entry);
        if (twice is not null && !Run.Faults.Excuses(Loss.End, twice.Earliest, twice.Known))
        {
            wrong.Add((Promise.PublishOnce, $"What was published once is stored twice, at {twice.Position} and at {position}"));
        }

        return entry;
    }

    private static bool IsOf(EntryRecord entry, string epoch) => entry.Position.StartsWith(epoch + "-", StringComparison.Ordinal);
}
