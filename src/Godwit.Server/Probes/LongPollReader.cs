using System.Globalization;

namespace Godwit.Server.Probes;

/// <summary>Asks again as soon as it is answered; the server holds each request until there is something new.</summary>
internal sealed class LongPollReader(ProbeTarget target, ProbeStart start) : PollReader(target, start)
{
    /// <inheritdoc/>
    public override ProbeTransport Transport => ProbeTransport.LongPoll;

    /// <inheritdoc/>
    protected override string WaitQuery => "wait=" + Target.Wait.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    protected override TimeSpan Pause => TimeSpan.Zero;
}
