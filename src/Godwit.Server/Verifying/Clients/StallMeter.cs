using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>What a busy machine has taken since some moment: from this process, as its heartbeat notices, and from the processes that it started, as the system counts it.</summary>
internal readonly struct StallMeter
{
    private readonly Heartbeat _heartbeat;
    private readonly TimeSpan _stalled;
    private readonly RunQueue _queue;

    public StallMeter(Heartbeat heartbeat, Deployment deployment)
    {
        _heartbeat = heartbeat;
        _stalled = heartbeat.Stalled;
        _queue = RunQueue.Begin(deployment.Processes);
    }

    /// <summary>By so much a bound that began with it is longer.</summary>
    public TimeSpan Allowance => _heartbeat.Stalled - _stalled + _queue.Waited();

    /// <summary>Whether something took too long, allowance included. It is measured only for what needs it.</summary>
    public bool Exceeds(TimeSpan took, TimeSpan bound) => took > bound && took > bound + Allowance;
}
