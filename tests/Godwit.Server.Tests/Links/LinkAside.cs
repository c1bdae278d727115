using System.Diagnostics;
using Godwit.Server.Links;

namespace Godwit.Server.Tests.Links;

/// <summary>A process that has a link, to be killed; or that says why it can have none.</summary>
internal static class LinkAside
{
    /// <summary>The first argument of the process.</summary>
    public const string Verb = "link";

    /// <summary>The exit code where there is no link.</summary>
    public const int Absent = 2;

    /// <summary>What starts it.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "Godwit.Server.Tests");

    /// <summary>The process: prints the networks of its link and the processes in them, and goes on until its input ends.</summary>
    public static async Task<int> RunAsync()
    {
        if (PacketLink.Absence is { } absence)
        {
            Console.WriteLine(absence);
            return Absent;
        }

        using PacketLink link = PacketLink.Start(LinkConditions.None);
        using Process client = link.Client.Start(new ProcessStartInfo("sleep", ["1000"]));
        using Process server = link.Server.Start(new ProcessStartInfo("sleep", ["1000"]));
        Console.WriteLine($"{link.Client.Network} {link.Server.Network} {client.Id} {server.Id}");
        await Console.In.ReadToEndAsync(CancellationToken.None);
        return 0;
    }
}
