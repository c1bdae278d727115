using System.Globalization;

namespace Godwit.Server.Probes;

/// <summary>When a short poll reader asks next: some time after its last answer, or by the clock.</summary>
/// <remarks>By the clock, a poll that is late does not move those that follow. So many readers that were held up together do not ask together from then on.</remarks>
/// <param name="target">How it polls.</param>
internal sealed class PollClock(ProbeTarget target)
{
    private long? _due;

    /// <summary>How long the server suggests to wait before the next short poll; null if it does not.</summary>
    /// <param name="answer">Its answer.</param>
    /// <param name="body">The body of that, to show.</param>
    /// <exception cref="ContractException">What it suggests is no time.</exception>
    public static TimeSpan? Suggested(HttpResponseMessage answer, string body)
    {
        if (!answer.Headers.TryGetValues("Godwit-Poll-After", out IEnumerable<string>? values))
        {
            return null;
        }

        string text = string.Join(", ", values);
        return double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds < 3600
            ? TimeSpan.FromSeconds(seconds)
            : throw new ContractException($"Godwit-Poll-After is '{text}', not a number of seconds.", body);
    }

    /// <summary>How long to wait before the next poll.</summary>
    /// <param name="pause">The pause between two polls.</param>
    /// <param name="isFirst">Whether there has been one answer so far.</param>
    public TimeSpan Next(TimeSpan pause, bool isFirst)
    {
        TimeSpan first = (isFirst ? target.FirstPause : null) ?? pause;
        if (!target.PollsByClock || target.FollowsPace || pause <= TimeSpan.Zero)
        {
            return first;
        }

        long now = target.Time.GetTimestamp();
        if (_due is { } due)
        {
            TimeSpan late = target.Time.GetElapsedTime(due, now);
            TimeSpan left = pause - TimeSpan.FromTicks(Math.Max(0, late.Ticks) % pause.Ticks);
            first = late < TimeSpan.Zero ? pause - late : left;
        }

        _due = now + (long)(first.TotalSeconds * target.Time.TimestampFrequency);
        return first;
    }
}
