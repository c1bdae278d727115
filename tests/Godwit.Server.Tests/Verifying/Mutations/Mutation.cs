using Godwit.AspNetCore;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Records;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>A way for a server to be broken.</summary>
/// <param name="Name">What it does wrong.</param>
/// <param name="Breaks">The promises of which at least one must be found broken.</param>
internal sealed record Mutation(string Name, params Promise[] Breaks)
{
    /// <summary>Changes the frames that readers are sent: gives what is sent in place of one.</summary>
    public Func<Link, ProbeFrame, IEnumerable<ProbeFrame>> Frames { get; init; } = static (_, frame) => [frame];

    /// <summary>Stands around requests.</summary>
    public Func<HttpContext, Func<Task>, Task>? Around { get; init; }

    /// <summary>Which notices of the store readers are not given.</summary>
    public ProbeFrameKind? Withholds { get; init; }

    /// <summary>Whether readers are given all entries where the newest is to be given alone.</summary>
    public bool DeliversAll { get; init; }

    /// <summary>How many entries have to be published at once for it to show.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Whether it shows only where a user is revoked.</summary>
    public bool NeedsRevocation { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
