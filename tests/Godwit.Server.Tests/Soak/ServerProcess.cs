using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Godwit.Server.Tests.Soak;

/// <summary>The built server as a process of its own, on a port that the system chooses.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output;

    private ServerProcess(Process process, ConcurrentQueue<string> output, Uri root)
    {
        _process = process;
        _output = output;
        Mount = new Uri(root, "rt");
    }

    /// <summary>Where rooms are.</summary>
    public Uri Mount { get; }

    /// <summary>What the process printed so far.</summary>
    public string Output => string.Join("\n", _output);

    /// <summary>Whether the process ended by itself.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>The resident memory in octets.</summary>
    public long Memory
    {
        get
        {
            _process.Refresh();
            return _process.HasExited ? 0 : _process.WorkingSet64;
        }
    }

    /// <summary>Starts the server that was built with these tests, or the one that <c>GODWIT_SOAK_SERVER</c> names.</summary>
    /// <param name="settings">Its settings as environment variables, without the prefix.</param>
    public static async Task<ServerProcess> StartAsync(IEnumerable<(string Name, string Value)> settings)
    {
        string program = Environment.GetEnvironmentVariable("GODWIT_SOAK_SERVER")
            ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Godwit.Server.exe" : "Godwit.Server");
        var start = new ProcessStartInfo(program)
        {
            ArgumentList = { "serve", "--listen", "http://127.0.0.1:0" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The server takes every variable of this prefix for a setting of its own, those of the tests too.
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("GODWIT_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach ((string name, string value) in settings)
        {
            start.Environment["GODWIT_" + name] = value;
        }

        Process process = Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start.");
        var output = new ConcurrentQueue<string>();
        var listening = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => listening.TrySetException(new InvalidOperationException($"The server ended:\n{string.Join("\n", output)}"));
        process.EnableRaisingEvents = true;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            Uri root = await listening.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            return new ServerProcess(process, output, root);
        }
        catch
        {
            process.Kill();
            process.Dispose();
            throw;
        }

        void Take(string? line)
        {
            if (line is null)
            {
                return;
            }

            output.Enqueue(line);
            if (Listening().Match(line) is { Success: true } match)
            {
                listening.TrySetResult(new Uri(match.Value));
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:[1-9]\d*")]
    private static partial Regex Listening();
}
