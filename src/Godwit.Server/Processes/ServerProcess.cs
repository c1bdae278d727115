using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Godwit.Server.Hosting;
using Godwit.Server.Links;

namespace Godwit.Server.Processes;

/// <summary>A server that was started here, as a process of its own.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int MostSaid = 8000;

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly List<Uri> _addresses = [];
    private readonly TaskCompletionSource<bool> _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isExpected;

    private ServerProcess(Process process)
    {
        _process = process;
        process.Exited += (_, _) => _greeted.TrySetResult(false);

        // Last, since a process that has ended already raises it at once.
        process.EnableRaisingEvents = true;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Where it listens, in the order of its arguments; complete once it has greeted.</summary>
    public IReadOnlyList<Uri> Addresses
    {
        get
        {
            lock (_said)
            {
                return [.. _addresses];
            }
        }
    }

    /// <summary>What it printed last.</summary>
    public string Said
    {
        get
        {
            lock (_said)
            {
                return _said.ToString().Trim();
            }
        }
    }

    /// <summary>Its exit code, if it has ended though nobody told it to; null otherwise.</summary>
    public int? UnexpectedEnd => !_isExpected && _process.HasExited ? _process.ExitCode : null;

    /// <summary>Starts a program, tied to this one (<see cref="TiedProcess"/>). It gets none of the <c>GODWIT_</c> variables of this one.</summary>
    /// <param name="program">What is started.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="variables">What it has in its environment besides.</param>
    /// <param name="end">The end of a link at which it runs; null, where this program does.</param>
    /// <param name="last">What it is sent when this program ends before it; at the end of a link it is killed.</param>
    /// <exception cref="DeploymentException">It cannot be started.</exception>
    public static ServerProcess Start(string program, IEnumerable<string> args, IReadOnlyDictionary<string, string> variables, LinkEnd? end = null, UnixSignal last = UnixSignal.Kill)
    {
        var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string own in start.Environment.Keys.Where(static name => name.StartsWith("GODWIT_", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(own);
        }

        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        try
        {
            return new ServerProcess(end is null ? TiedProcess.Start(start, last) : end.Start(start));
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new DeploymentException($"{program} cannot be started: {fault.Message}");
        }
    }

    /// <summary>Waits until it listens; false if it ended before.</summary>
    public Task<bool> GreetedAsync(TimeSpan patience, CancellationToken cancel) => _greeted.Task.WaitAsync(patience, cancel);

    /// <summary>Sends it a signal.</summary>
    public void Signal(UnixSignal signal)
    {
        _isExpected |= signal is UnixSignal.Terminate or UnixSignal.Kill;
        if (!_process.HasExited)
        {
            _ = SendSignal(_process.Id, (int)signal);
        }
    }

    /// <summary>Waits for its end.</summary>
    /// <returns>Whether it came.</returns>
    public async Task<bool> EndsAsync(TimeSpan patience, CancellationToken cancel)
    {
        try
        {
            await _process.WaitForExitAsync(cancel).WaitAsync(patience, cancel);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>The most memory that it has had, in octets; null where the system does not tell.</summary>
    public long? PeakMemory() => PeakMemory(_process.Id);

    /// <summary>The most memory that a process has had, in octets; null where the system does not tell.</summary>
    public static long? PeakMemory(int process)
    {
        try
        {
            string? line = File.ReadLines($"/proc/{process}/status").FirstOrDefault(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is not null && long.TryParse(line["VmHWM:".Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), out long kib) ? kib << 10 : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Kills it with all that it has started.</summary>
    public void KillTree()
    {
        _isExpected = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>Kills it, if it has not ended.</summary>
    public async ValueTask DisposeAsync()
    {
        _isExpected = true;
        try
        {
            _process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int process, int signal);

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_said)
        {
            _said.AppendLine(line);
            if (_said.Length > MostSaid)
            {
                _said.Remove(0, _said.Length - MostSaid);
            }

            if (line.StartsWith(Greeting.Listening, StringComparison.Ordinal))
            {
                _addresses.Add(new Uri(line[Greeting.Listening.Length..]));
            }
        }

        // The last line of the greeting.
        if (line.StartsWith("Access", StringComparison.Ordinal))
        {
            _greeted.TrySetResult(true);
        }
    }
}

/// <summary>Signals by their number on Linux.</summary>
internal enum UnixSignal
{
    HangUp = 1,
    Kill = 9,
    Terminate = 15,
    Continue = 18,
    Stop = 19,
}
