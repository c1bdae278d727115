using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>Where a reader stands in a room, and what may come next. Whatever else comes breaks a promise.</summary>
internal sealed class Cursor(RoomRecord room)
{
    private const int Remembered = 400;
    private const int Apart = 7;

    private readonly Lock _lock = new();
    private readonly List<string> _past = [];
    private readonly List<OffsetRange> _skipped = [];
    private string _epoch = "";
    private string? _mark;
    private long _offset;
    private bool _isOpen = true;
    private bool _beginsLog;
    private TimeSpan? _connected;
    private TimeSpan? _connectedAt;
    private long _reported;
    private long _steps;
    private string? _epochWhenAsked;
    private long _headWhenAsked;

    // Whether nothing has come yet of what was asked for.
    private bool _isFirst;

    public RoomRecord Room { get; } = room;

    /// <summary>The position to go on from; null before the first.</summary>
    public string? Text { get; private set; }

    /// <summary>Where it asked to begin this time.</summary>
    public Beginning Beginning { get; private set; }

    /// <summary>What its <see cref="Beginning"/> asks for.</summary>
    public ProbeStart Start(Beginning beginning, int last)
    {
        lock (_lock)
        {
            Beginning = Text is null && beginning == Beginning.Position ? Beginning.Oldest : beginning;
            (_epochWhenAsked, _headWhenAsked) = Room.Current is { } log ? (log.Epoch, Room.AcknowledgedIn(log.Epoch)) : (null, 0);
            (_connected, _connectedAt) = (null, null);
            _isFirst = true;
            _skipped.Clear();
            if (Beginning == Beginning.Position)
            {
                (_epoch, _offset, _mark) = Split(Text!);
                _isOpen = false;
            }

            return Beginning switch
            {
                Beginning.Position => ProbeStart.After(Text!),
                Beginning.Now => ProbeStart.Now,
                Beginning.Last => ProbeStart.Last(last),
                _ => ProbeStart.Oldest,
            };
        }
    }

    /// <summary>Goes back to a position that it had before, as a client does that has lost the newer one.</summary>
    public void Rewind(Random random)
    {
        lock (_lock)
        {
            if (_past.Count > 0)
            {
                int at = random.Next(3) == 0 ? 0 : random.Next(_past.Count);
                Text = _past[at];
                _past.RemoveRange(at, _past.Count - at);
                (_epoch, _offset, _mark) = Split(Text);
                _isOpen = false;
            }
        }
    }

    /// <summary>Whether the reader was connected when something was published.</summary>
    public bool IsLive(TimeSpan published)
    {
        lock (_lock)
        {
            return _connectedAt is { } since && published > since;
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Disconnect()
    {
        lock (_lock)
        {
            (_connected, _connectedAt) = (null, null);
        }
    }

    /// <summary>It reads again, after it took nothing for a while.</summary>
    public void Continue()
    {
        lock (_lock)
        {
            _connected = _connected is null ? null : Room.Run.Clock.Calm;
        }
    }

    /// <summary>The entry that has not come within a time in which nothing was wrong, told once; null if all is well.</summary>
    public EntryRecord? Overdue(TimeSpan bound)
    {
        lock (_lock)
        {
            if (_connected is not { } since || _isOpen || Room.After(_epoch, _offset) is not { } next || next.Offset == _reported)
            {
                return null;
            }

            TimeSpan due = next.KnownAtCalm > since ? next.KnownAtCalm : since;
            if (Room.Run.Clock.Calm - due <= bound)
            {
                return null;
            }

            _reported = next.Offset;
            return next;
        }
    }

    /// <summary>Whether it has all that was acknowledged.</summary>
    public bool HasAll
    {
        get
        {
            lock (_lock)
            {
                return Room.Current is not { } log || (!_isOpen && log.Epoch == _epoch && _offset >= log.Acknowledged);
            }
        }
    }

    /// <summary>Takes a frame of this room in.</summary>
    /// <returns>What it breaks.</returns>
    public IReadOnlyList<(Promise, string)> Take(ProbeFrame frame, ProbeTransport transport, out EntryRecord? entry)
    {
        var wrong = new List<(Promise, string)>();
        entry = null;
        lock (_lock)
        {
            if (frame.Kind == ProbeFrameKind.Entry)
            {
                entry = TakeEntry(frame, transport, wrong);
            }
            else if (frame.Kind is ProbeFrameKind.Joined or ProbeFrameKind.Answer or ProbeFrameKind.Gap or ProbeFrameKind.Reset)
            {
                _connected ??= Room.Run.Clock.Calm;
                _connectedAt ??= Room.Run.Clock.Now;

                // The head of a poll has the position behind its entries.
                TakeVerdict(frame, transport is ProbeTransport.ShortPoll or ProbeTransport.LongPoll && frame.Following > 0, wrong);
            }
        }

        return wrong;
    }

    private static (string Epoch, long Offset, string Mark) Split(string position) =>
        (position[..position.IndexOf('-', StringComparison.Ordinal)], ProbeFrameParser.OffsetOf(position), position[(position.LastIndexOf('-') + 1)..]);

    private void TakeVerdict(ProbeFrame frame, bool entriesFollow, List<(Promise, string)> wrong)
    {
        (string epoch, long offset, _) = Split(frame.Position!);
        bool presented = frame.Kind != ProbeFrameKind.Joined || Beginning == Beginning.Position;
        if (!presented && frame.Verdict != Verdict.Ok)
        {
            wrong.Add((Promise.HonestVerdict, $"Who presented no position was answered {frame.Verdict}"));
        }

        switch (frame.Verdict)
        {
            case Verdict.Ok when presented && !_isOpen:
                if (!entriesFollow && frame.Position != Text)
                {
                    wrong.Add((epoch == _epoch ? Promise.NoLoss : Promise.NoContradiction, $"The position {Text} was answered ok, and reading goes on at {frame.Position}"));
                    Stand(frame.Position!);
                }

                break;
            case Verdict.Ok:
                Begin(frame, entriesFollow, offset, epoch, wrong);
                break;
            case Verdict.Gap:
                Room.Run.CountGap();
                TakeGap(frame, entriesFollow, epoch, offset, wrong);
                break;
            case Verdict.Reset:
                Room.Run.CountReset();
                TakeReset(frame, entriesFollow, epoch, wrong);
                break;
        }
    }

    private void Begin(ProbeFrame frame, bool entriesFollow, long offset, string epoch, List<(Promise, string)> wrong)
    {
        _past.Clear();
        if (entriesFollow)
        {
            _isOpen = true;
            _beginsLog = Beginning == Beginning.Oldest;
            return;
        }

        Room.Hear(frame.Position!, wrong);
        if (Beginning == Beginning.Oldest && Room.Plan.KeepsEverything && offset != 0)
        {
            wrong.Add((Promise.NoLoss, $"The oldest entry was asked for in a room that keeps everything, and reading begins after entry {offset}"));
        }

        if (Beginning == Beginning.Now && Room.Run.IsOneServer && _headWhenAsked > offset && _epochWhenAsked == epoch)
        {
            wrong.Add((Promise.AcknowledgedIsStored, $"Entry {_headWhenAsked} had been acknowledged before 'now' was asked for, and 'now' is entry {offset}"));
        }

        Stand(frame.Position!);
    }

    private void TakeGap(ProbeFrame frame, bool entriesFollow, string epoch, long offset, List<(Promise, string)> wrong)
    {
        OffsetRange missing = frame.Missing!.Value;
        if (epoch != _epoch)
        {
            wrong.Add((Promise.NoContradiction, $"The position {Text} was answered with a gap in another log, {frame.Position}"));
        }
        else if (missing.From != _offset + 1)
        {
            wrong.Add((Promise.HonestVerdict, $"After entry {_offset} a gap was told from {missing.From} to {missing.To}"));
        }
        else if (!entriesFollow && offset != missing.To)
        {
            wrong.Add((Promise.HonestVerdict, $"A gap to {missing.To} was told, and reading goes on after entry {offset}"));
        }
        else if (Room.RefuteGap(epoch, missing) is { } refuted)
        {
            wrong.Add((Promise.HonestVerdict, refuted));
        }

        if (entriesFollow)
        {
            (_epoch, _offset, _mark, _isOpen) = (epoch, missing.To, null, false);
        }
        else
        {
            Stand(frame.Position!);
        }
    }

    private void TakeReset(ProbeFrame frame, bool entriesFollow, string epoch, List<(Promise, string)> wrong)
    {
        if (!_isOpen && !Room.ExcusesReset(Text!, epoch))
        {
            wrong.Add((Promise.HonestVerdict, $"The position {Text} was answered with a reset to {frame.Position}, and no fault explains it"));
        }

        Room.Hear(frame.Position!, wrong);
        _past.Clear();
        if (entriesFollow)
        {
            _isOpen = true;
            _beginsLog = true;
        }
        else
        {
            if (Room.Plan.KeepsEverything && ProbeFrameParser.OffsetOf(frame.Position!) != 0)
            {
                wrong.Add((Promise.NoLoss, $"After a reset reading begins at {frame.Position}, in a room that keeps everything"));
            }

            Stand(frame.Position!);
        }
    }

    private EntryRecord? TakeEntry(ProbeFrame frame, ProbeTransport transport, List<(Promise, string)> wrong)
    {
        (string epoch, long offset, string mark) = Split(frame.Position!);
        bool follows = false;
        if (Room.Plan.IsLatest && _isFirst && Room.Run.IsOneServer && _epochWhenAsked == epoch && offset < _headWhenAsked && !Room.Run.Faults.Excuses(Loss.End))
        {
            wrong.Add((Promise.Order, $"Entry {offset} came first in a room of which the newest entry is given alone, and entry {_headWhenAsked} had been acknowledged before it was asked for"));
        }

        _isFirst = false;
        if (_isOpen)
        {
            if (_beginsLog && Room.Plan.KeepsEverything && offset != 1)
            {
                wrong.Add((Promise.NoLoss, $"Reading from the oldest entry of a room that keeps everything begins with entry {offset}"));
            }
        }
        else if (epoch != _epoch)
        {
            wrong.Add((Promise.NoContradiction, $"After {Text} came {frame.Position}, of another log, without a reset"));
        }
        else if (offset > _offset + 1 && Room.Plan.IsLatest)
        {
            // What became older before it was sent is skipped.
        }
        else if (offset > _offset + 1)
        {
            wrong.Add((Promise.NoLoss, $"After entry {_offset} came entry {offset}, and no gap was told"));
            _skipped.Add(new OffsetRange(_offset + 1, offset - 1));
        }
        else if (offset <= _offset)
        {
            bool late = _skipped.Exists(range => range.From <= offset && offset <= range.To);
            wrong.Add(late ? (Promise.Order, $"Entry {offset} came after entry {_offset}") : (Promise.NoDuplicate, $"After entry {_offset} came entry {offset} again"));
        }
        else
        {
            follows = true;
        }

        EntryRecord? entry = Room.See(frame.Position!, ContentOf(frame, transport), follows ? _mark : null, wrong);
        if (wrong.Count == 0 || epoch != _epoch || offset > _offset)
        {
            Stand(frame.Position!);
        }

        return entry;
    }

    // The event stream of a room has octets as a JSON string of their base64. The strings that are published here have letters that base64 has not.
    private static string ContentOf(ProbeFrame frame, ProbeTransport transport)
    {
        if (transport == ProbeTransport.ServerSentEvents && frame.Data is ['"', .., '"'] text && IsBase64(text.AsSpan(1, text.Length - 2)))
        {
            return PublishContent.Bytes(Convert.FromBase64String(text[1..^1])).Text;
        }

        return PublishContent.Of(frame)?.Text ?? "";
    }

    private static bool IsBase64(ReadOnlySpan<char> text) => text.Length > 0 && System.Buffers.Text.Base64.IsValid(text);

    private void Stand(string position)
    {
        Text = position;
        (_epoch, _offset, _mark) = Split(position);
        _isOpen = false;
        _beginsLog = false;
        if (_steps++ % Apart == 0)
        {
            if (_past.Count == Remembered)
            {
                _past.RemoveRange(0, Remembered / 2);
            }

            _past.Add(position);
        }
    }
}
