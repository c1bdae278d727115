using System.Diagnostics;
using System.Text;

namespace Godwit.Server.Tests.Crash;

/// <summary>One life of a server: a process that is killed.</summary>
internal sealed class CrashServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource<Uri?> _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private int _ended;

    private CrashServer(Process process)
    {
        _process = process;
        process.Exited += (_, _) => _listens.TrySetResult(null);
        process.EnableRaisingEvents = true;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Where rooms are, once the server listens; null if it ended before.</summary>
    public Task<Uri?> Mount => _listens.Task.WaitAsync(Patience);

    /// <summary>What it printed.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString();
            }
        }
    }

    /// <summary>Starts a program.</summary>
    public static CrashServer Start(string program, IEnumerable<string> args, IReadOnlyDictionary<string, string>? variables)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string own in start.Environment.Keys.Where(name => name.StartsWith("GODWIT_", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(own);
        }

        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new CrashServer(Process.Start(start)!);
    }

    /// <summary>Ends it by SIGKILL, if it has not ended.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0)
        {
            return;
        }

        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private void Take(string? line)
    {
        const string Listening = "Listening at ";
        if (line is null)
        {
            return;
        }

        lock (_said)
        {
            _said.AppendLine(line);
        }

        if (line.StartsWith(Listening, StringComparison.Ordinal))
        {
            _listens.TrySetResult(new Uri(new Uri(line[Listening.Length..]), "rt"));
        }
    }
}
