using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.LoadTesting;

/// <summary>What load is put on a deployment.</summary>
internal sealed record LoadPlan
{
    /// <summary>The deployment.</summary>
    public required ServerAccess Server { get; init; }

    /// <summary>The room that is published to and read.</summary>
    public required string Room { get; init; }

    /// <summary>How many readers there are on each transport.</summary>
    public required IReadOnlyList<(ProbeTransport Transport, int Readers)> Audience { get; init; }

    /// <summary>How many publish at a time.</summary>
    public required int Publishers { get; init; }

    /// <summary>Entries a second, by all publishers together; null for each as soon as the one before is acknowledged.</summary>
    public required double? Rate { get; init; }

    /// <summary>How long entries are published.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>How long readers that are behind have to catch up, at the end; 10 s by default.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The data of an entry in octets.</summary>
    public required int Size { get; init; }

    /// <summary>All readers.</summary>
    public int Readers => Audience.Sum(static part => part.Readers);
}
