using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.AspNetCore.Draining;

/// <summary>Counts Kestrel's open connections, those between two requests included.</summary>
/// <remarks>By Kestrel's own counter: that costs a connection nothing while it is idle. Another server than Kestrel counts as 0.</remarks>
internal sealed class OpenConnections : IDisposable
{
    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel";
    private const string Active = "kestrel.active_connections";

    private readonly MeterListener _listener = new();
    private long _count;

    /// <summary>Begins to count; connections that are open already are not seen.</summary>
    public OpenConnections(IServiceProvider services)
    {
        IMeterFactory? factory = services.GetService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            // Other applications of this process have meters of the same name.
            if (instrument.Name == Active && instrument.Meter.Name == Kestrel && instrument.Meter.Scope == factory)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, change, _, _) => Interlocked.Add(ref _count, change));
        _listener.Start();
    }

    /// <summary>How many are open.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
