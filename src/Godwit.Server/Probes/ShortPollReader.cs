namespace Godwit.Server.Probes;

/// <summary>Asks again and again; the server answers at once.</summary>
internal sealed class ShortPollReader(ProbeTarget target, ProbeStart start) : PollReader(target, start)
{
    /// <inheritdoc/>
    public override ProbeTransport Transport => ProbeTransport.ShortPoll;

    /// <inheritdoc/>
    protected override string WaitQuery => "";

    /// <inheritdoc/>
    protected override TimeSpan Pause => (Target.FollowsPace ? PollAfter : null) ?? Target.PollEvery;
}
