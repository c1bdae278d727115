using System.Diagnostics;
using System.Globalization;

namespace Godwit.Server.Tests.Abuse;

/// <summary>Abusers, or the load that they are compared with, in a process of their own: the clients that are watched must not wait for a thread that these have.</summary>
internal static class Aside
{
    /// <summary>The first argument of the process.</summary>
    public const string Command = "aside";

    private const string Abuse = "abuse";
    private const string Load = "load";
    private const string Begun = "begun";

    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Abuses a server until it is cancelled.</summary>
    /// <param name="kind">How.</param>
    /// <param name="count">How many abusers.</param>
    /// <param name="root">The server.</param>
    /// <param name="begun">Is called when the abuse has had an effect.</param>
    /// <param name="cancel">Ends it.</param>
    public static Task<Report> AbuseAsync(string kind, int count, Uri root, Action begun, CancellationToken cancel) =>
        StartAsync([Abuse, kind, Text(count), root.ToString()], begun, cancel);

    /// <summary>Has a server, and this machine, work as much as abusers had them, until it is cancelled.</summary>
    /// <param name="kind">What it is compared with.</param>
    /// <param name="count">How many abusers there were.</param>
    /// <param name="server">The server.</param>
    /// <param name="share">The share of the processors that the server is to use, 1 for one.</param>
    /// <param name="own">The share that the process itself is to use.</param>
    /// <param name="begun">Is called when it has begun.</param>
    /// <param name="cancel">Ends it.</param>
    public static Task<Report> LoadAsync(string kind, int count, WatchedServer server, double share, double own, Action begun, CancellationToken cancel) =>
        StartAsync([Load, kind, Text(count), server.Root.ToString(), Text(server.Id), Text(share), Text(own)], begun, cancel);

    /// <summary>The process: goes on until its input ends, and then reports.</summary>
    public static async Task<int> RunAsync(string[] args)
    {
        using var end = new CancellationTokenSource();
        Func<double> result;
        Task running;
        if (args is [Abuse, string kind, string count, string target])
        {
            Abuser abuser = AbuserKinds.Make(kind, int.Parse(count, CultureInfo.InvariantCulture));
            (result, running) = (() => abuser.Done, abuser.RunAsync(new Uri(target), end.Token));
            while (abuser.Done == 0 && !running.IsCompleted)
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }
        else
        {
            Counterpart counterpart = AbuserKinds.CounterpartOf(args[1], int.Parse(args[2], CultureInfo.InvariantCulture));
            var load = new Background(counterpart, new Uri(args[3]), int.Parse(args[4], CultureInfo.InvariantCulture), Number(args[5]), Number(args[6]));
            (result, running) = (() => load.Share, load.RunAsync(end.Token));
        }

        Console.WriteLine(Begun);
        await Console.In.ReadToEndAsync(CancellationToken.None);
        await end.CancelAsync();
        await running;
        Console.WriteLine($"{Text(result())} {Text(Environment.CpuUsage.TotalTime.TotalSeconds)}");
        return 0;
    }

    private static async Task<Report> StartAsync(string[] args, Action begun, CancellationToken cancel)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Godwit.Server.Tests.exe" : "Godwit.Server.Tests");
        using Process process = Process.Start(new ProcessStartInfo(program, [Command, .. args]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal(Begun, await process.StandardOutput.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(Patience, CancellationToken.None));
            begun();
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            process.StandardInput.Close();
            string[] words = (await process.StandardOutput.ReadToEndAsync(CancellationToken.None).WaitAsync(Patience, CancellationToken.None)).Split();
            return new Report(Number(words[0]), Number(words[1]));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Text(IFormattable number) => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>What came of it.</summary>
    /// <param name="Result">How often abusers had an effect; the share of the processors that the server used under load.</param>
    /// <param name="CpuSeconds">The processor time of the process.</param>
    public readonly record struct Report(double Result, double CpuSeconds);
}
