using System.Diagnostics.CodeAnalysis;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Logs;

namespace Godwit.Redis.Watching;

/// <summary>What a script told of a room: a line of words, and behind it the content of an entry.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Epoch">In which log.</param>
/// <param name="PreviousMark">Of an entry: the mark of the one before.</param>
/// <param name="Entry">The entry, or null.</param>
internal sealed record RoomEvent(RoomEventKind Kind, Epoch Epoch, uint PreviousMark, Entry? Entry)
{
    /// <summary>Reads a message. Whoever may publish on the channel may have sent it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> message, [NotNullWhen(true)] out RoomEvent? told)
    {
        told = null;
        int end = message.IndexOf((byte)'\n');
        var words = new Words(end < 0 ? message : message[..end]);
        ReadOnlySpan<byte> kind = words.Next();
        if (!words.Next().SequenceEqual("1"u8))
        {
            // Of another layout, or none.
            return false;
        }

        Epoch epoch = words.Epoch();
        if (kind.SequenceEqual("entry"u8) && end >= 0)
        {
            long offset = words.Number();
            uint mark = words.Mark();
            uint previous = words.Mark();
            long time = words.Number();
            if (words.IsWhole && offset > 0 && StoredContent.TryRead(message[(end + 1)..], out EntryContent? content))
            {
                told = new RoomEvent(RoomEventKind.Entry, epoch, previous, new Entry(offset, mark, time, content.Value));
            }
        }
        else if (kind.SequenceEqual("trimmed"u8))
        {
            words.Number();
            told = words.IsWhole ? new RoomEvent(RoomEventKind.Trimmed, epoch, 0, null) : null;
        }
        else if (kind.SequenceEqual("ended"u8))
        {
            told = words.IsWhole ? new RoomEvent(RoomEventKind.Ended, epoch, 0, null) : null;
        }

        return told is not null;
    }
}

/// <summary>What happens to a room.</summary>
internal enum RoomEventKind
{
    /// <summary>An entry was appended.</summary>
    Entry,

    /// <summary>Entries were dropped on demand.</summary>
    Trimmed,

    /// <summary>The log has ended; the epoch is that of the next.</summary>
    Ended,
}
