using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>Is told what happens to a room. The broker never makes two calls for one room at once.</summary>
/// <remarks>A call may be made while the broker holds the room: return soon, throw nothing, and call no broker from inside.</remarks>
public interface IRoomWatcher
{
    /// <summary>An entry was appended.</summary>
    /// <param name="epoch">The log it was appended to.</param>
    /// <param name="previousMark">The mark of the entry before it (0 before the first): a watcher that knows another mark has a log whose tail was lost.</param>
    /// <param name="entry">The entry.</param>
    void OnEntry(Epoch epoch, uint previousMark, Entry entry);

    /// <summary>Entries were dropped on demand: what the watcher still has of them it shows to nobody. Their loss by retention is not told.</summary>
    void OnTrimmed();

    /// <summary>The watcher may have missed something, or the log has ended: read the room anew.</summary>
    void OnUncertain();

    /// <summary>The store does not answer; entries may be late until <see cref="OnRestored"/>.</summary>
    void OnDegraded();

    /// <summary>The store answers again, and everything that was missed has been told or <see cref="OnUncertain"/> was called.</summary>
    void OnRestored();
}
