using System.Diagnostics;

namespace Godwit.Server.Processes;

/// <summary>Starts programs that do not outlive this one, whatever ends it: the system sends them a signal when the thread ends that started them.</summary>
/// <remarks>On Linux with <c>setpriv</c> (util-linux); elsewhere they are ended by whoever started them, and stay behind where this program is killed.</remarks>
internal static class TiedProcess
{
    private const string Launcher = "setpriv";

    // It lives as long as this program.
    private static readonly Lazy<DedicatedThread> Starter = new(static () => new DedicatedThread("starter of processes"));

    /// <summary>Why no program can be tied here; null if they can.</summary>
    public static string? Absence { get; } =
        !OperatingSystem.IsLinux() ? "only Linux ends processes with the one that started them"
        : Find(Launcher) is null ? $"{Launcher} is missing (Debian: apt-get install util-linux)"
        : null;

    /// <summary>Starts a program, tied to this one where that can be.</summary>
    /// <param name="start">What is started, with its arguments in <see cref="ProcessStartInfo.ArgumentList"/>; it is changed.</param>
    /// <param name="last">What it is sent when this program ends.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static Process Start(ProcessStartInfo start, UnixSignal last = UnixSignal.Kill)
    {
        // What is not there is to be told as ever, and not in the launcher's words.
        if (Absence is not null || Find(start.FileName) is not { } file)
        {
            return Process.Start(start)!;
        }

        start.FileName = file;
        Tie(start, last);
        return Starter.Value.Run(() => Process.Start(start)!);
    }

    /// <summary>Has a program be started by the launcher, which ties it to the thread that starts it and becomes the program, by the same number.</summary>
    /// <param name="start">What is started; it is changed.</param>
    /// <param name="last">What it is sent when the thread ends.</param>
    public static void Tie(ProcessStartInfo start, UnixSignal last = UnixSignal.Kill)
    {
        string[] launch = ["--pdeathsig", last == UnixSignal.Terminate ? "TERM" : "KILL", "--", start.FileName];
        for (int i = 0; i < launch.Length; i++)
        {
            start.ArgumentList.Insert(i, launch[i]);
        }

        start.FileName = Launcher;
    }

    // Where Process.Start looks: beside this program, here, and in PATH.
    private static string? Find(string program)
    {
        IEnumerable<string> folders = Path.IsPathRooted(program) ? [""] : [Path.GetDirectoryName(Environment.ProcessPath) ?? "", Environment.CurrentDirectory, .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')];
        return folders.Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }
}
