using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>Where logs live. Every broker passes the same specification suite.</summary>
/// <remarks>
/// All members may be called at any time from any thread. A store that does not answer is told by
/// <see cref="BrokerUnavailableException"/>, never by a hang; every other failure of expectation is a value.
/// </remarks>
public interface IBroker : IAsyncDisposable
{
    /// <summary>Whether the store has been reached since the start. Until then the server is not ready.</summary>
    bool IsReady => true;

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

    /// <summary>Says whether a room has a record: it was written to or read, and the record has not expired. Makes none, and does not prolong its life.</summary>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    ValueTask<bool> ExistsAsync(RoomName room, CancellationToken cancel);

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
    /// <exception cref="BrokerUnavailableException">The store did not confirm, or holds as many tickets as it may (<see cref="BrokerUnavailableException.IsFull"/>).</exception>
    ValueTask AddTicketAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel);

    /// <summary>Takes a ticket: of all who ask for it, at whichever server, one is given it, once.</summary>
    /// <returns>What it was kept with; null if it was taken, its life is over, or it never was.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not answer. The ticket may be taken.</exception>
    ValueTask<ReadOnlyMemory<byte>?> TakeTicketAsync(string id, CancellationToken cancel);

    /// <summary>Drops the entries before a position, and tells every watcher of the room, on every server. Readers that come for them get a gap.</summary>
    /// <param name="room">The room; none is made.</param>
    /// <param name="before">Stays, with all after it. It is judged as in <see cref="ReadAsync"/>; where it is not of the room's log, or there is no room, nothing is dropped.</param>
    /// <param name="cancel">Ends the wait; the entries may be dropped all the same.</param>
    /// <exception cref="BrokerUnavailableException">The store did not confirm.</exception>
    ValueTask<Trimmed> TrimAsync(RoomName room, Position before, CancellationToken cancel);

    /// <summary>Ends a room's log and begins another in its place, without entries and keys: <see cref="IRoomWatcher.OnUncertain"/> is called of every watcher, and readers get a reset.</summary>
    /// <param name="room">The room; none is made.</param>
    /// <param name="cancel">Ends the wait; the log may end all the same.</param>
    /// <returns>Where the new log begins; null if there is no such room.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not confirm.</exception>
    ValueTask<Position?> EndAsync(RoomName room, CancellationToken cancel);

    /// <summary>Lists rooms that have a record, in the bytewise order of their names. Prolongs no life. Not for every request: it may look at all rooms.</summary>
    /// <param name="after">Lists those behind this name; null from the first.</param>
    /// <param name="limit">The most to list; above 0.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    ValueTask<IReadOnlyList<RoomRecord>> ListAsync(RoomName? after, int limit, CancellationToken cancel);

    /// <summary>Gives an order to all servers: tells every watcher of orders, now and for as long as it is kept.</summary>
    /// <param name="key">Takes the place of the order that was given with the same key, if one is kept: whoever begins to watch later is not told that one. 1 to 256 characters; null takes no place and has none.</param>
    /// <param name="content">The order, up to 4 KiB.</param>
    /// <param name="life">How long it is kept; above 0.</param>
    /// <param name="cancel">Ends the wait; the order may be given all the same.</param>
    /// <returns>Its number.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not confirm, or holds as many orders as it may (<see cref="BrokerUnavailableException.IsFull"/>).</exception>
    ValueTask<long> AddOrderAsync(string? key, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel);

    /// <summary>Tells a watcher of all orders that are kept, and of every one that is given from now on, in the order of their numbers.</summary>
    /// <remarks>When the task completes those that are kept have been told. After an interruption the broker tells what was missed by itself.</remarks>
    /// <returns>Dispose it to end the watch; no call to the watcher begins afterwards.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    ValueTask<IAsyncDisposable> WatchOrdersAsync(IOrderWatcher watcher, CancellationToken cancel);

    /// <summary>Makes sessions members of rooms, keeps them members, or changes what they say of themselves; each by itself, in the order given.</summary>
    /// <remarks>
    /// A lease is of a room, a session and a holder: a session is a member for as long as any holder's lease lives, so
    /// whoever lets go of its own ends nobody else's. A room's members are not of its log: they need no record, keep none
    /// alive, and stay when the log ends. They need not outlive the store as entries do.
    /// </remarks>
    /// <param name="holder">Whose leases they are: a server's name for those of its connections. 1 to 64 of <c>a-z 0-9 -</c>.</param>
    /// <param name="renewals">Up to 1,000, of any rooms.</param>
    /// <param name="cancel">Ends the wait; any of them may be made all the same.</param>
    /// <returns>What became of each.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not confirm. That it holds as many leases as it may is no exception: each renewal has an outcome of its own.</exception>
    ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel);

    /// <summary>Has a holder's lease end sooner. A session whose last lease has ended leaves.</summary>
    /// <param name="holder">Whose lease.</param>
    /// <param name="room">Of which room.</param>
    /// <param name="session">Of which session.</param>
    /// <param name="grace">The time that is left of it, if it had more; 0 ends it now.</param>
    /// <param name="cancel">Ends the wait; the lease may end all the same.</param>
    /// <exception cref="BrokerUnavailableException">The store did not confirm.</exception>
    ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel);

    /// <summary>Reads who the members of a room are, in the order of their sessions.</summary>
    /// <param name="room">The room; none is made.</param>
    /// <param name="after">Reads those behind this session; null from the first.</param>
    /// <param name="limit">The most to read; above 0.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    ValueTask<MemberPage> MembersAsync(RoomName room, UInt128? after, int limit, CancellationToken cancel);

    /// <summary>Tells a watcher who the members of a room are, and of every change from now on, by whichever server.</summary>
    /// <remarks>When the task completes those that are there have been told. A lease whose life is over is told at most a second later.</remarks>
    /// <returns>Dispose it to end the watch; no call to the watcher begins afterwards.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    ValueTask<IAsyncDisposable> WatchMembersAsync(RoomName room, IMemberWatcher watcher, CancellationToken cancel);

    /// <summary>Whether other servers may have the same store, so that a rate is to hold for all of them together: then <see cref="SpendAsync"/> is called.</summary>
    bool HasManyServers => false;

    /// <summary>Adds what was spent of rates at this server to what was spent at all, and says how that stands.</summary>
    /// <param name="spent">What was spent since it was told last, up to 1,000 of them; none of a bucket twice.</param>
    /// <param name="cancel">Ends the wait; it may be added all the same.</param>
    /// <returns>For each how long its bucket takes from now to be full again; longer than an empty one takes where more was spent than there was.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not answer. Each server goes by what it spent itself.</exception>
    ValueTask<IReadOnlyList<TimeSpan>> SpendAsync(IReadOnlyList<RateSpending> spent, CancellationToken cancel) => throw new NotSupportedException("One server has this store.");
}
