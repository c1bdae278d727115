using Godwit.Server.Links;
using LinkedProcess = Godwit.Server.Processes.ServerProcess;

namespace Godwit.Bench.Systems;

/// <summary>The lower bound of a datagram: a C program that takes each by one recvfrom(2) and does nothing with it.</summary>
internal static class UdpFloor
{
    /// <summary>Builds it, and starts it at an end of a link. It ends with the link.</summary>
    public static LinkedProcess Start(Repository repository, LinkEnd end, int port)
    {
        if (repository.TryRun("gcc", "-dumpfullversion") is null)
        {
            throw new BenchFault("gcc with the C library's headers is missing: bench/install-peers, or apt-get install gcc libc6-dev.");
        }

        repository.Run("gcc", "-O2", "-o", repository.Output("udp"), Path.Combine(repository.Root, "bench", "floor", "udp.c"));
        return LinkedProcess.Start(repository.Output("udp"), [$"{end.Address}", $"{port}"], new Dictionary<string, string>(), end);
    }
}
