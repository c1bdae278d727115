using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>What a busy machine has taken since some moment: from this process, as its heartbeat notices, and from the processes that it started, as the system counts it.</summary>
internal readonly struct StallMeter
{
    private const int MostStretched = 5;

    private readonly Heartbeat _heartbeat;
    private readonly TimeSpan _stalled;
    private readonly RunQueue _queue;

    public StallMeter(Heartbeat heartbeat, Deployment deployment)
    {
        _heartbeat = heartbeat;
        _stalled = heartbeat.Stalled;
        _queue = RunQueue.Begin(deployment.Processes);
    }

    /// <summary>Whether something took too long. A bound is longer by what was taken from whoever was hit worst, but never more than five times as long. It is measured only for what needs it.</summary>
    public bool Exceeds(TimeSpan took, TimeSpan bound) => took > bound && (took > MostStretched * bound || took > bound + Allowance());

    private TimeSpan Allowance()
    {
        TimeSpan own = _heartbeat.Stalled - _stalled, others = _queue.Waited();
        return own > others ? own : others;
    }
}
