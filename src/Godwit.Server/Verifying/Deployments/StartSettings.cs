using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Stores;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>Which servers are to be started.</summary>
/// <param name="Store">With which store.</param>
/// <param name="Program">The program, with the arguments that stand before its own.</param>
/// <param name="Servers">How many.</param>
/// <param name="Kinds">The faults that may come, for what has to be prepared.</param>
internal sealed record StartSettings(StoreKind Store, IReadOnlyList<string> Program, int Servers, IReadOnlyList<FaultKind> Kinds)
{
    /// <summary>Whether nginx stands before them.</summary>
    public bool HasNginx { get; init; }
}
