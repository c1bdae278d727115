using System.Runtime.InteropServices;

namespace Godwit.Server.Reporting;

/// <summary>The machine that a run was made on.</summary>
internal static class Machine
{
    /// <summary>Its processors and system.</summary>
    public static string Name
    {
        get
        {
            string model = File.Exists("/proc/cpuinfo")
                ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim() ?? ""
                : "";
            return $"{Environment.ProcessorCount} × {(model.Length > 0 ? model : RuntimeInformation.ProcessArchitecture.ToString())}, {RuntimeInformation.OSDescription}";
        }
    }
}
