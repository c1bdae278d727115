using Godwit.Feeds.Tails;

namespace Godwit.Feeds.Pump;

/// <summary>Where a connection's frames go: a pipe that takes everything, or a socket that may take a part.</summary>
/// <remarks>
/// The shard alone calls it. What was begun is finished: when a write ends inside a frame, the rest of that frame is
/// copied and handed over, and the outlet is full until it is out. So nothing ever stands between the two halves of a
/// frame, and a full outlet costs one frame, not a queue.
/// </remarks>
internal abstract class Outlet
{
    /// <summary>The octets of a large frame that go out at a time. Each time that some do, its client has the stall limit again; the kernel takes them up to a segment of 64 KiB at once.</summary>
    protected const int Piece = 16 << 10;

    private Connection? _connection;
    private int _full;

    /// <summary>Whether frames have to wait; <see cref="Connection.OnWritable"/> follows.</summary>
    public bool IsFull => Volatile.Read(ref _full) != 0;

    /// <summary>How octets reach the socket.</summary>
    public virtual Lane Lane => Lane.Kestrel;

    /// <summary>The most octets worth offering at once.</summary>
    public virtual int MaxSend => Piece;

    /// <summary>The longest frame that <see cref="SendLatest"/> takes, in octets; 0 where, or while, there is no such way. Any thread.</summary>
    public virtual int LatestLength => 0;

    /// <summary>Sends frames of which only the newest of each room matters, one by one, as long as the next may leave at this moment; nothing of the others is kept.</summary>
    /// <returns>How many are on their way. Where not all are, <see cref="Connection.OnLatestWritable"/> follows.</returns>
    public int SendLatest(in FrameRange frames)
    {
        try
        {
            return WriteLatest(frames);
        }
        catch (Exception)
        {
            // As in Send.
            _connection?.Abort();
            return frames.Count;
        }
    }

    /// <summary>Takes frames.</summary>
    /// <returns>How many of them are on their way, the one that is finished behind our backs included.</returns>
    public int Send(in FrameRange frames)
    {
        try
        {
            int written = Write(frames.Memory);
            if (written == frames.Length)
            {
                return frames.Count;
            }

            if (written < 0)
            {
                _connection?.Abort();
                return frames.Count;
            }

            // Also where the cut is between two frames: a socket that is full can only be waited for by giving it something.
            int begun = frames.FramesBegun(written + 1);
            Volatile.Write(ref _full, 1);
            WriteRest(frames.Memory[written..frames.LengthOf(begun)].ToArray());
            return begun;
        }
        catch (Exception)
        {
            // The transport is gone under our hands, whatever it says to that: nobody is left to be told, and the fault of
            // one connection is not the end of its shard.
            Volatile.Write(ref _full, 0);
            _connection?.Abort();
            return frames.Count;
        }
    }

    /// <summary>Ends the transport now; what is pending completes soon.</summary>
    public abstract void Abort();

    /// <summary>The connection has ended and uses the outlet no more; called by the shard, which nothing may hold up.</summary>
    public virtual void OnEnded()
    {
    }

    /// <summary>Ties the outlet to its connection.</summary>
    internal void Bind(Connection connection) => _connection = connection;

    /// <summary>Writes without waiting and returns how many octets were taken; fewer than none where the client is known to be gone. What is not copied may be reused after the call.</summary>
    protected abstract int Write(ReadOnlyMemory<byte> octets);

    /// <summary>Does what <see cref="SendLatest"/> says.</summary>
    protected virtual int WriteLatest(in FrameRange frames) => 0;

    /// <summary>Finishes a cut frame, or sends the next as a whole, and then calls <see cref="Drained"/>.</summary>
    protected abstract void WriteRest(byte[] rest);

    /// <summary>Says, from inside <see cref="Write"/>, that all was taken but more has to wait for <see cref="Drained"/>.</summary>
    protected void Fill() => Volatile.Write(ref _full, 1);

    /// <summary>Says that what <see cref="SendLatest"/> did not take may leave now, or by the usual way; any thread.</summary>
    protected void LatestMaySend() => _connection?.OnLatestWritable();

    /// <summary>Says that the client has taken a part of what makes the outlet full; any thread.</summary>
    protected void Progressed() => _connection?.OnProgress();

    /// <summary>Says that the outlet takes frames again, or never will; any thread.</summary>
    protected void Drained()
    {
        Volatile.Write(ref _full, 0);
        _connection?.OnWritable();
    }
}
