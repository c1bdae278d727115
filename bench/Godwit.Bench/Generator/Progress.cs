using System.Diagnostics;

namespace Godwit.Bench.Generator;

/// <summary>How far a measurement is: what all readers together have received, and the first fault that was seen.</summary>
internal sealed class Progress
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _reached = new(false, spinCount: 0);
    private long _deliveries;
    private long _reads;
    private long _target = long.MaxValue;
    private long _reachedAt;
    private string? _fault;

    /// <summary>Entries received by readers, each reader counted.</summary>
    public long Deliveries => Volatile.Read(ref _deliveries);

    /// <summary>Calls of recv(2) that brought something.</summary>
    public long Reads => Volatile.Read(ref _reads);

    /// <summary>What went wrong first; null while nothing has.</summary>
    public string? Fault => Volatile.Read(ref _fault);

    /// <summary>Called by a receive loop after each batch of events.</summary>
    public void Add(long deliveries, long reads)
    {
        Interlocked.Add(ref _reads, reads);
        if (deliveries > 0 && Interlocked.Add(ref _deliveries, deliveries) >= Volatile.Read(ref _target))
        {
            Reach();
        }
    }

    /// <summary>Makes the measurement void. The first reason is kept.</summary>
    public void Fail(string fault)
    {
        Interlocked.CompareExchange(ref _fault, fault, null);
        _reached.Set();
    }

    /// <summary>Sets what <see cref="WaitForExpected"/> waits for. To be called before the publish, so that the moment is seen when it comes.</summary>
    /// <param name="deliveries">Entries received by all readers together since the start.</param>
    public void Expect(long deliveries)
    {
        lock (_gate)
        {
            _reached.Reset();
            _reachedAt = 0;
            Volatile.Write(ref _target, deliveries);
        }

        if (Deliveries >= deliveries)
        {
            Reach();
        }
    }

    /// <summary>Waits for the expected deliveries and returns the time stamp of the last.</summary>
    /// <exception cref="BenchFault">A fault was seen, or nothing more arrived for a while.</exception>
    public long WaitForExpected(CancellationToken cancel)
    {
        long before = Deliveries;
        ThrowIfFailed();
        while (!_reached.Wait(s_patience, cancel))
        {
            long now = Deliveries;
            if (now == before)
            {
                throw new BenchFault($"{now:N0} of {_target:N0} deliveries arrived, then none for {s_patience.TotalSeconds:0} s.");
            }

            before = now;
        }

        ThrowIfFailed();
        return _reachedAt;
    }

    /// <exception cref="BenchFault">A fault was seen.</exception>
    public void ThrowIfFailed()
    {
        if (Fault is { } fault)
        {
            throw new BenchFault(fault);
        }
    }

    private void Reach()
    {
        lock (_gate)
        {
            if (Deliveries < _target)
            {
                return; // an older target
            }

            if (_reachedAt == 0)
            {
                _reachedAt = Stopwatch.GetTimestamp();
            }
        }

        _reached.Set();
    }
}
