using System.ComponentModel;
using System.Diagnostics;
using Godwit.Bench.Load;

namespace Godwit.Bench.Systems;

/// <summary>The lower bound: a C program that builds each frame once and makes one send(2) per reader and entry.</summary>
internal sealed class FloorSystem() : BenchSystem("floor")
{
    public override string PublishPath => "/publish";

    public override void Build(Repository repository)
    {
        try
        {
            repository.Run("gcc", "-O2", "-o", repository.Output("floor"), Path.Combine(repository.Root, "bench", "floor", "floor.c"));
        }
        catch (Win32Exception)
        {
            throw new BenchFault("The floor is compiled by gcc, which was not found. Install the package gcc with libc6-dev (Debian, Ubuntu: apt-get install gcc libc6-dev), or leave it out with --systems godwit,signalr.");
        }
    }

    public override ProcessStartInfo Command(Repository repository, int port) => new(repository.Output("floor"), [$"{port}"]);

    public override Reader CreateReader(Transport transport, Ledger ledger, string lastPublished) =>
        new WebSocketReader(ledger, UpgradeRequest("/"), greeting: null, welcome: null, "\"offset\":"u8.ToArray());
}
