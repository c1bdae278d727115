using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>Where logs live. Every broker passes the same specification suite.</summary>
/// <remarks>
/// All members may be called at any time from any thread. A store that does not answer is told by
/// <see cref="BrokerUnavailableException"/>, never by a hang; every other failure of expectation is a value.
/// </remarks>
public interface IBroker : IAsyncDisposable
{
    /// <summary>Appends one entry and makes it visible to every watcher of the room, on every server.</summary>
    /// <param name="room">The room; it begins with its first append or read.</param>
    /// <param name="content">What to store; it was validated.</param>
    /// <param name="key">With a key, a repeated append within the policy's window adds nothing.</param>
    /// <param name="cancel">Ends the wait; the entry may be stored all the same.</param>
    /// <returns>The position once the entry is stored. Offsets of one epoch rise by exactly one.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not confirm. The entry may exist: retry with the same key.</exception>
    ValueTask<Appended> AppendAsync(RoomName room, EntryContent content, PublishKey? key, CancellationToken cancel);

    /// <summary>Judges a position against the primary and reads a page, both at one instant.</summary>
    /// <remarks>
    /// The verdict of a position (e, o, m): <see cref="Verdict.Reset"/> when e is not the room's epoch or o is above the
    /// head; <see cref="Verdict.Gap"/> when o is below the offset before the oldest entry; <see cref="Verdict.Reset"/> when
    /// the mark of entry o is not m; else <see cref="Verdict.Ok"/>. The marks of the head and of the last entry trimmed
    /// are kept while the room's record lives, also when it holds no entry. After gap and reset the page begins with the
    /// oldest entry retained. <see cref="ReadFrom.Continue"/> is judged alike, but for the mark. A backward read
    /// (<see cref="ReadFrom.Before"/>) that is <c>gap</c> has no entries; one that is <c>reset</c> gives the newest page.
    /// Reading a room that nobody wrote to makes its record, so that the position it gives holds.
    /// </remarks>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    ValueTask<LogPage> ReadAsync(RoomName room, ReadFrom from, ReadLimits limits, CancellationToken cancel);

    /// <summary>Tells a watcher of every entry appended to the room from now on, by whichever server.</summary>
    /// <remarks>
    /// When the task completes the store has acknowledged: an entry appended later is told. Entries are told in offset
    /// order and may be told before the task completes. A room that is watched does not expire.
    /// </remarks>
    /// <returns>Dispose it to end the watch; no call to the watcher begins afterwards.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not acknowledge.</exception>
    ValueTask<IAsyncDisposable> WatchAsync(RoomName room, IRoomWatcher watcher, CancellationToken cancel);

    /// <summary>Gives the keys that all servers sign with for a purpose; makes the first one, and a new one when the newest is as old as the period.</summary>
    /// <remarks>
    /// Making a key and reading the ring are one step: servers that ask at once get the same ring. It has the newest key
    /// and the one before it, so what a key signed is verified for at least one period more; older keys are gone. Age is
    /// measured by the store. The keys outlive rooms, and are as durable as entries.
    /// </remarks>
    /// <param name="purpose">What the keys are for; each purpose has a ring of its own. 1 to 64 of <c>a-z 0-9 -</c>.</param>
    /// <param name="period">How long a key signs; above 0, the same on every server.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    ValueTask<KeyRing> KeysAsync(string purpose, TimeSpan period, CancellationToken cancel);

    /// <summary>Keeps a ticket until it is taken or its life is over.</summary>
    /// <param name="id">What it is found by; nobody gives two tickets the same. Not the ticket itself: its hash.</param>
    /// <param name="content">What whoever takes it is given, up to 64 KiB.</param>
    /// <param name="life">How long it may be taken; above 0.</param>
    /// <param name="cancel">Ends the wait; the ticket may be kept all the same.</param>
    /// <exception cref="BrokerUnavailableException">The store did not confirm, or holds as many tickets as it may.</exception>
    ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel);

    /// <summary>Takes a ticket: of all who ask for it, at whichever server, one is given it, once.</summary>
    /// <returns>What it was kept with; null if it was taken, its life is over, or it never was.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not answer. The ticket may be taken.</exception>
    ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel);
}
