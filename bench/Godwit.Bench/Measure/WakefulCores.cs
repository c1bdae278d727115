using System.Diagnostics;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Measure;

/// <summary>Keeps the cores from sleeping, by something on each that gives way to whatever else wants to run.</summary>
/// <remarks>
/// To wake a core that sleeps costs some microseconds, in a virtual machine many, and the kernel counts them as the time of whoever wakes and is woken. The busier a
/// machine is the fewer there are, so a server would seem to become cheaper the more of them there are on the machine.
/// </remarks>
internal sealed class WakefulCores : IDisposable
{
    private readonly List<Process> _spinners = [];

    /// <summary>Begins; does nothing where the kernel's idle class of scheduling cannot be had.</summary>
    public WakefulCores()
    {
        if (!File.Exists("/usr/bin/chrt"))
        {
            return;
        }

        for (int i = 0; i < Environment.ProcessorCount; i++)
        {
            ProcessStartInfo command = new("/usr/bin/nice", ["-n", "19", "/usr/bin/chrt", "--idle", "0", "/bin/sh", "-c", "while :; do :; done"]);
            _spinners.Add(Process.Start(ServerProcess.EndWithThisProcess(command))!);
        }
    }

    public void Dispose()
    {
        foreach (Process spinner in _spinners)
        {
            spinner.Kill();
            spinner.WaitForExit();
            spinner.Dispose();
        }
    }
}
