using System.Diagnostics;

namespace Godwit.Bench.Systems;

/// <summary>The checkout that is measured, and where its programs are built to.</summary>
internal sealed class Repository
{
    public Repository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Godwit.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        Root = folder ?? throw new BenchFault("Godwit.slnx is in no folder above the program: run the bench from a checkout.");
        Directory.CreateDirectory(Output("."));
    }

    public string Root { get; }

    /// <summary>The commit, with a mark if the checkout has changes; "unknown" without git.</summary>
    public string Commit
    {
        get
        {
            try
            {
                string commit = Run("git", "-C", Root, "rev-parse", "--short", "HEAD").Trim();
                return Run("git", "-C", Root, "status", "--porcelain", "--untracked-files=no").Length == 0 ? commit : commit + " with changes";
            }
            catch (Exception fault) when (fault is BenchFault or System.ComponentModel.Win32Exception)
            {
                return "unknown";
            }
        }
    }

    /// <summary>A path under artifacts/bench.</summary>
    public string Output(string name) => Path.GetFullPath(Path.Combine(Root, "artifacts", "bench", name));

    /// <summary>Publishes a project's Release build.</summary>
    public void Publish(string project, string folder) =>
        Run("dotnet", "publish", Path.Combine(Root, project), "-c", "Release", "-o", folder, "--nologo", "-v", "quiet");

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    /// <exception cref="BenchFault">It failed; the message has its output.</exception>
    public string Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Root })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new BenchFault($"{program} {string.Join(' ', arguments)} failed:\n{output}{errors.Result}");
    }
}
