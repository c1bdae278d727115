using Godwit.Bench.Systems;

namespace Godwit.Bench.Measure;

/// <summary>One measurement of one system in one round.</summary>
/// <param name="Figures">By the names in <see cref="Figure"/>; empty when it is void.</param>
/// <param name="Void">Why it does not count; null when it does.</param>
internal sealed record Sample(string Load, string System, Transport Transport, int Round, int Connections, IReadOnlyDictionary<string, double> Figures, string? Void);

/// <summary>The names of figures.</summary>
internal static class Figure
{
    public const string Cpu = "cpuMicrosecondsPerDelivery";
    public const string UserCpu = "userCpuMicrosecondsPerDelivery";
    public const string GeneratorCpu = "generatorCpuMicrosecondsPerDelivery";
    public const string Rate = "deliveriesPerSecond";
    public const string PerRead = "deliveriesPerReceive";
    public const string Deliveries = "deliveries";
    public const string Resident = "residentKiBPerConnection";
    public const string ResidentAfterTraffic = "residentKiBPerConnectionAfterTraffic";
    public const string KernelObjects = "kernelObjectsKiBPerConnection";
    public const string SocketBuffers = "socketBuffersKiBPerConnection";
    public const string EmptyServer = "residentMiBWithoutConnections";
}
