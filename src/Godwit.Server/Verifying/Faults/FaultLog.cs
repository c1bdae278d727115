using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Faults;

/// <summary>The faults that were made, and what they excuse.</summary>
internal sealed class FaultLog(RunClock clock, bool expectsResets)
{
    private static readonly TimeSpan MostUnreplicated = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan OnItsWay = TimeSpan.FromMilliseconds(300);

    private readonly Lock _lock = new();
    private readonly List<FaultEvent> _events = [];

    /// <summary>All of them, in order.</summary>
    public IReadOnlyList<FaultEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events];
            }
        }
    }

    /// <summary>Notes that a fault begins.</summary>
    /// <param name="step">What was planned.</param>
    /// <param name="what">What is done, for people.</param>
    /// <param name="loss">What it may take away.</param>
    public FaultEvent Begin(FaultStep step, string what, Loss loss)
    {
        var begun = new FaultEvent(step, what, loss, clock.Now);
        lock (_lock)
        {
            _events.Add(begun);
        }

        return begun;
    }

    /// <summary>Notes that everything works again.</summary>
    public void End(FaultEvent begun, string? remark = null)
    {
        begun.Remark = remark;
        begun.Gone = begun.Gone < clock.Now ? begun.Gone : clock.Now;
        begun.Ended = clock.Now;
    }

    /// <summary>Whether a fault since a time explains that a session token is not taken: the keys are gone with the log, or the clock says that it is not good.</summary>
    public bool ExcusesSession(TimeSpan since)
    {
        lock (_lock)
        {
            return expectsResets || _events.Exists(fault => (fault.Loss == Loss.Log || fault.Step.Kind == FaultKind.ClockStep) && (fault.Ended ?? TimeSpan.MaxValue) >= since);
        }
    }

    /// <summary>Whether any fault may have taken something of that kind away.</summary>
    public bool Excuses(Loss loss)
    {
        lock (_lock)
        {
            return expectsResets || _events.Exists(fault => fault.Loss >= loss);
        }
    }

    /// <summary>Whether a fault has taken away, or may have, what was there at a time: a whole log, or something at its end.</summary>
    /// <remarks>The end of a log is what was not replicated when its primary was lost, and replication is never behind by more than <see cref="MostUnreplicated"/>.</remarks>
    /// <param name="loss">What it is.</param>
    /// <param name="earliest">Since when it may exist.</param>
    /// <param name="known">When it was first known of; the same time if it is not given.</param>
    public bool Excuses(Loss loss, TimeSpan earliest, TimeSpan? known = null)
    {
        if (expectsResets)
        {
            return true;
        }

        // What was on its way, and what this program is late with, is first known of only afterwards.
        TimeSpan from = earliest - OnItsWay - clock.Lag, to = (known ?? earliest) + MostUnreplicated;
        lock (_lock)
        {
            return _events.Exists(fault => fault.Loss >= loss && fault.Gone >= from && (loss != Loss.End || fault.Loss != Loss.End || fault.Begun <= to));
        }
    }
}

/// <summary>A fault that was made.</summary>
internal sealed class FaultEvent(FaultStep step, string what, Loss loss, TimeSpan begun)
{
    public FaultStep Step { get; } = step;

    /// <summary>What was done.</summary>
    public string What { get; } = what;

    /// <summary>What it may take away.</summary>
    public Loss Loss { get; } = loss;

    /// <summary>When it began.</summary>
    public TimeSpan Begun { get; } = begun;

    /// <summary>When everything worked again; null before.</summary>
    public TimeSpan? Ended { get; set; }

    /// <summary>When what it takes away was gone: what is known of only afterwards has survived it. The longest time there is while that may still come.</summary>
    public TimeSpan Gone { get; set; } = TimeSpan.MaxValue;

    /// <summary>What came of it.</summary>
    public string? Remark { get; set; }
}
