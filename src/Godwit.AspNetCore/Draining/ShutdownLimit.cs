using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Draining;

/// <summary>Raises the host's limit for stopping so that a whole drain has room in it; a higher one stays.</summary>
internal sealed class ShutdownLimit(IOptions<GodwitOptions> options) : IPostConfigureOptions<HostOptions>
{
    /// <summary>What the rest of the application has after the drain, at least: a second less than operators are told to wait, in which the process ends.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(4);

    /// <inheritdoc/>
    public void PostConfigure(string? name, HostOptions host)
    {
        TimeSpan need;
        try
        {
            need = options.Value.DrainDelay + options.Value.DrainWindow + Margin;
        }
        catch (OptionsValidationException)
        {
            // The host asks early; the start says all that is wrong with any settings.
            return;
        }

        if (host.ShutdownTimeout != Timeout.InfiniteTimeSpan && host.ShutdownTimeout < need)
        {
            host.ShutdownTimeout = need;
        }
    }
}
