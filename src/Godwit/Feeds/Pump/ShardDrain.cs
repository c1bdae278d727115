using System.Runtime.InteropServices;
using Godwit.Protocol;

namespace Godwit.Feeds.Pump;

/// <summary>Lets the clients of one shard go by a plan: held answers first, then connections, at one even rate.</summary>
/// <remarks>
/// At every tick whoever still waits is spread over what is left of the time, so the last is told when the plan says,
/// whatever their number and whoever comes or leaves meanwhile. All of it is the shard's: no timer, no task per client.
/// </remarks>
internal sealed class ShardDrain(Shard shard, DrainPlan plan) : ShardWork
{
    private readonly Queue<object> _waiting = new();
    private readonly Queue<(Connection Connection, long Closes)> _told = new();
    private long _last = plan.Start;

    // Shards are out of step with each other, or those with equally many clients would tell them in the same moments.
    private readonly double _phase = plan.PhaseOf(shard);
    private double _due = plan.PhaseOf(shard);

    /// <summary>A connection began after the drain did.</summary>
    public void Add(Connection connection) => AddLate(connection);

    /// <summary>An answer began to be held after the drain did.</summary>
    public void Add(IHeldAnswer answer) => AddLate(answer);

    internal override void OnDue() => Tick();

    protected override void Process()
    {
        shard.OnDraining(this);
        shard.Wheel.ForEach(work =>
        {
            if (work is IHeldAnswer)
            {
                _waiting.Enqueue(work);
            }
        });

        // In no order: those who connected together are often of a kind and come back in the same manner.
        var connections = new List<Connection>(shard.Connections.Count);
        shard.Connections.ForEach(connections.Add);
        Random.Shared.Shuffle(CollectionsMarshal.AsSpan(connections));
        connections.ForEach(_waiting.Enqueue);
        Tick();
    }

    private void AddLate(object client)
    {
        _waiting.Enqueue(client);
        shard.Wheel.Schedule(this, shard.Now);
    }

    private void Tick()
    {
        long now = shard.Now;
        while (_told.TryPeek(out (Connection Connection, long Closes) told) && told.Closes <= now)
        {
            _told.Dequeue().Connection.End(ErrorCode.Drain);
        }

        long left = plan.LastTold - _last;
        long passed = now - _last;
        _due = left <= passed ? _waiting.Count : _due + ((_waiting.Count + _phase - _due) * ((double)passed / left));
        _last = now;
        for (; _due >= 1 && _waiting.TryDequeue(out object? client); _due--)
        {
            // Whoever has left by himself leaves his turn empty: the others keep theirs.
            Tell(client, now);
        }

        if (_waiting.Count > 0 || _told.Count > 0)
        {
            shard.Wheel.Schedule(this, now);
        }
    }

    private void Tell(object client, long now)
    {
        if (client is IHeldAnswer answer)
        {
            answer.AnswerNow();
        }
        else if (client is Connection { IsOpen: true } connection)
        {
            long closes = connection.Framing.CanOverlap ? Math.Clamp(plan.End - now, 0, plan.Lead) : 0;
            connection.Drain(closes, plan.NextBack());
            if (closes > 0)
            {
                _told.Enqueue((connection, now + closes));
            }
        }
    }
}
