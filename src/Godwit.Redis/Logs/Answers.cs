using System.Buffers.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using StackExchange.Redis;

namespace Godwit.Redis.Logs;

/// <summary>Reads what the scripts answer. Nothing that Redis holds is trusted to be what this system stored.</summary>
internal static class Answers
{
    /// <summary>The answer to an append.</summary>
    public static Appended Appended(RedisResult answer)
    {
        ReadOnlySpan<byte> line = Line(answer);
        var words = new Words(line);
        ReadOnlySpan<byte> outcome = words.Next();
        Position position = words.Position(words.Epoch());
        AppendOutcome? known = outcome.SequenceEqual("stored"u8) ? AppendOutcome.Stored
            : outcome.SequenceEqual("duplicate"u8) ? AppendOutcome.Duplicate
            : outcome.SequenceEqual("reused"u8) ? AppendOutcome.KeyReused : null;
        return words.IsWhole && known is { } value ? new Appended(value, position) : throw Foreign("an append");
    }

    /// <summary>The answer to a read.</summary>
    public static LogPage Page(RedisResult answer, in ReadFrom from)
    {
        if (answer.Length != 2)
        {
            throw Foreign("a read");
        }

        var words = new Words(Line(answer[0]));
        Verdict? verdict = ReadVerdict(words.Next());
        Epoch epoch = words.Epoch();
        Position head = words.Position(epoch), oldest = words.Position(epoch), start = words.Position(epoch);
        if (!words.IsWhole || verdict is not { } judged)
        {
            throw Foreign("a read");
        }

        var entries = new Entry[answer[1].Length];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = Entry(answer[1][i], start.Offset + 1 + i);
        }

        return new LogPage
        {
            Verdict = judged,
            Missing = judged == Verdict.Gap ? new OffsetRange(from.Position.Offset + 1, oldest.Offset) : null,
            Start = start,
            Entries = entries,
            Head = head,
            Oldest = oldest,
        };
    }

    /// <summary>Where a log stands.</summary>
    public static Position Position(RedisResult answer)
    {
        var words = new Words(Line(answer));
        Position position = words.Position(words.Epoch());
        return words.IsWhole ? position : throw Foreign("where a log stands");
    }

    /// <summary>The identity of a log.</summary>
    public static Epoch Epoch(RedisResult answer) => Protocol.Epoch.TryParse(Line(answer), out Epoch epoch) ? epoch : throw Foreign("the end of a log");

    /// <summary>The answer to a trim.</summary>
    public static Trimmed Trimmed(RedisResult answer)
    {
        var words = new Words(Line(answer));
        Verdict? verdict = ReadVerdict(words.Next());
        long dropped = words.Number();
        return words.IsWhole && verdict is { } judged ? new Trimmed(judged, dropped) : throw Foreign("a trim");
    }

    /// <summary>What is held of a room.</summary>
    public static RoomRecord Record(RoomName room, RedisResult answer)
    {
        var words = new Words(Line(answer));
        Position head = words.Position(words.Epoch());
        var record = new RoomRecord(room, head, words.Number(), words.Number());
        return words.IsWhole ? record : throw Foreign("what a room holds");
    }

    private static Entry Entry(RedisResult item, long offset)
    {
        // The id, and the fields m, t, s and c with their values.
        if (item.Length == 2 && item[1].Length == 8)
        {
            ReadOnlySpan<byte> id = Line(item[0]);
            RedisResult fields = item[1];
            if (Utf8Parser.TryParse(id, out long stored, out int digits) && stored == offset && id[digits..].SequenceEqual("-0"u8)
                && long.TryParse(Line(fields[1]), out long mark) && mark is >= 0 and <= uint.MaxValue
                && long.TryParse(Line(fields[3]), out long time)
                && StoredContent.TryRead(Line(fields[7]), out EntryContent? content))
            {
                return new Entry(offset, (uint)mark, time, content.Value);
            }
        }

        throw Foreign($"the entry {offset}");
    }

    private static Verdict? ReadVerdict(ReadOnlySpan<byte> word) =>
        word.SequenceEqual("ok"u8) ? Verdict.Ok : word.SequenceEqual("gap"u8) ? Verdict.Gap : word.SequenceEqual("reset"u8) ? Verdict.Reset : null;

    private static byte[] Line(RedisResult answer) => (byte[]?)answer ?? [];

    private static BrokerUnavailableException Foreign(string of) =>
        new($"Redis gave something for {of} that is not of this system. Delete the room's keys, or set another prefix.", RedisFaults.Retry);
}
