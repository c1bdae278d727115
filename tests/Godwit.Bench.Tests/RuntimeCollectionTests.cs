using System.Diagnostics;
using Godwit.Bench.Measure;

namespace Godwit.Bench.Tests;

public sealed class RuntimeCollectionTests
{
    [Fact]
    public void A_runtime_is_found_by_its_own_socket()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The bench reads the kernel's accounts of Linux and runs only there.");
        Assert.True(File.Exists(RuntimeCollection.SocketOf(Environment.ProcessId)));
        Assert.True(RuntimeCollection.Force(Environment.ProcessId));
    }

    [Fact]
    public void What_a_killed_runtime_with_the_same_number_left_behind_is_no_runtime()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The bench reads the kernel's accounts of Linux and runs only there.");
        using Process other = Process.Start("sleep", "60");
        string left = Path.Combine(Path.GetTempPath(), $"dotnet-diagnostic-{other.Id}-1-socket");
        File.WriteAllText(left, "");
        try
        {
            Assert.False(RuntimeCollection.Force(other.Id));
        }
        finally
        {
            File.Delete(left);
            other.Kill();
        }
    }
}
