using System.Runtime.CompilerServices;
using CsCheck;
using Godwit.Brokers.Memory;

namespace Godwit.Tests.Brokers;

public sealed class RingTests
{
    [Fact]
    public void A_ring_holds_what_a_queue_would() => Gen.Int[-12, 12].Array[1, 40].Sample(steps =>
    {
        var ring = default(Ring<int>);
        var queue = new Queue<int>();
        int next = 0;
        foreach (int step in steps)
        {
            for (int i = 0; i < step; i++)
            {
                ring.Add(next);
                queue.Enqueue(next++);
            }

            for (int i = step; i < 0 && queue.Count > 0; i++)
            {
                Assert.Equal(queue.Dequeue(), ring.Take());
            }

            Assert.Equal(queue.Count, ring.Count);
            for (int i = 0; i < ring.Count; i++)
            {
                Assert.Equal(queue.ElementAt(i), ring[i]);
            }

            Assert.InRange(ring.Cost, 4L * ring.Count, ring.Count == 0 ? 0 : 24 + (4L * Math.Max(4, 4 * ring.Count)));
        }
    });

    [Fact]
    public void What_was_taken_out_is_not_held()
    {
        var ring = default(Ring<object>);
        WeakReference taken = AddTwoAndTakeOne(ref ring);
        GC.Collect();
        Assert.False(taken.IsAlive);
        Assert.Equal(1, ring.Count);
        GC.KeepAlive(ring.Take());
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference AddTwoAndTakeOne(ref Ring<object> ring)
    {
        ring.Add(new object());
        ring.Add(new object());
        return new WeakReference(ring.Take());
    }
}
