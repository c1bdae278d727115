namespace Godwit.Feeds.Pump;

/// <summary>Something that a shard looks after: it can be posted from any thread, and be woken at a time.</summary>
/// <remarks>All but <see cref="Post"/> happens on the shard's worker.</remarks>
internal abstract class ShardWork
{
    private int _posted;

    /// <summary>The wheel's chain; null while nothing is due.</summary>
    internal ShardWork? WheelNext { get; set; }

    /// <summary>The wheel's chain.</summary>
    internal ShardWork? WheelPrevious { get; set; }

    /// <summary>The tick at which <see cref="OnDue"/> is called; 0 while none is.</summary>
    internal long WheelDue { get; set; }

    /// <summary>Has <see cref="Process"/> called by the shard's worker, soon and at least once after this call.</summary>
    public void Post(Shard shard)
    {
        if (Interlocked.Exchange(ref _posted, 1) == 0)
        {
            shard.Enqueue(this);
        }
    }

    /// <summary>Called by the shard: what is posted from here on is processed again.</summary>
    internal void RunPosted()
    {
        Interlocked.Exchange(ref _posted, 0);
        Process();
    }

    /// <summary>Handles whatever was the reason of a post.</summary>
    protected abstract void Process();

    /// <summary>The time given to the wheel has come.</summary>
    internal abstract void OnDue();
}
