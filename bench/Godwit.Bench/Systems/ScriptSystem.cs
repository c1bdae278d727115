using System.Diagnostics;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Systems;

/// <summary>A JavaScript program in bench/peers.</summary>
internal abstract class ScriptSystem(string name, string script) : BenchSystem(name)
{
    /// <summary>The runtime's program.</summary>
    protected abstract string Runtime(Repository repository);

    /// <summary>The package whose version counts.</summary>
    protected abstract string Package { get; }

    public override string? Missing(Repository repository)
    {
        string runtime = Runtime(repository);
        return repository.TryRun(runtime, "--version") is null ? $"{Path.GetFileName(runtime)}: bench/install-peers"
            : repository.PackageVersion(Package) is null ? $"the npm package {Package}: bench/install-peers"
            : null;
    }

    public override void Build(Repository repository)
    {
    }

    public override ProcessStartInfo Command(Repository repository, int port, int securePort) =>
        new(Runtime(repository), [Path.Combine(repository.Root, "bench", "peers", script), $"{port}"]);
}
