using Godwit.Feeds.Pump;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Protocol;

namespace Godwit.Sessions;

/// <summary>Ends a connection whose client does not say hello in time. Gone once it has.</summary>
internal sealed class HelloDeadline(Connection connection, TimeSpan limit) : ShardWork
{
    private bool _isOver;

    /// <summary>Begins to wait.</summary>
    public void Start() => Post(connection.Shard);

    /// <summary>The client said hello, or is gone.</summary>
    public void Stop()
    {
        Volatile.Write(ref _isOver, true);
        Post(connection.Shard);
    }

    internal override void OnDue()
    {
        if (!Volatile.Read(ref _isOver))
        {
            GodwitMeter.Hit(LimitNames.Hello);
            connection.End(ErrorCode.HelloTimeout);
        }
    }

    protected override void Process()
    {
        Shard shard = connection.Shard;
        if (Volatile.Read(ref _isOver))
        {
            shard.Wheel.Unschedule(this);
        }
        else
        {
            shard.Wheel.Schedule(this, shard.Now + (long)limit.TotalMilliseconds);
        }
    }
}
