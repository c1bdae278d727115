using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Godwit.Server.Tests.Processes;

/// <summary>The program that was built with these tests, as a process of its own.</summary>
/// <remarks>It gets none of the <c>GODWIT_</c> variables that the tests themselves run with. It is killed on disposal.</remarks>
internal sealed partial class GodwitProcess : IAsyncDisposable
{
    private const string Listening = "Listening at ";

    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly List<Uri> _addresses = [];
    private readonly TaskCompletionSource _greeted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GodwitProcess(Process process)
    {
        _process = process;
    }

    /// <summary>Where it listens, in the order in which it says so.</summary>
    public IReadOnlyList<Uri> Addresses
    {
        get
        {
            lock (_output)
            {
                return [.. _addresses];
            }
        }
    }

    /// <summary>What it has written to standard output so far.</summary>
    public string Output => Text(_output);

    /// <summary>What it has written to standard error so far.</summary>
    public string Errors => Text(_errors);

    /// <summary>The number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Starts the program and returns once it listens.</summary>
    /// <param name="args">Its arguments.</param>
    /// <param name="variables">Environment variables for it.</param>
    /// <param name="directory">Where it runs; the tests' own directory by default.</param>
    /// <exception cref="InvalidOperationException">It ended instead; the message has what it wrote.</exception>
    public static async Task<GodwitProcess> ServeAsync(IEnumerable<string> args, IReadOnlyDictionary<string, string>? variables = null, string? directory = null, bool hasInput = false)
    {
        GodwitProcess godwit = Start(args, variables, directory);
        Task ended = godwit._process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(godwit._greeted.Task, ended).WaitAsync(Patience) == ended)
        {
            string report = $"The program ended with {godwit._process.ExitCode}:\n{godwit.Output}{godwit.Errors}";
            await godwit.DisposeAsync();
            throw new InvalidOperationException(report);
        }

        return godwit;
    }

    /// <summary>Starts the program with an input that <see cref="WriteAsync"/> writes, and lets it run.</summary>
    public static GodwitProcess Begin(IEnumerable<string> args, IReadOnlyDictionary<string, string>? variables = null) => Start(args, variables, null, hasInput: true);

    /// <summary>Writes to its standard input, and ends that if it is said.</summary>
    public async Task WriteAsync(string text, bool ends = false)
    {
        await _process.StandardInput.WriteAsync(text);
        await _process.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        if (ends)
        {
            _process.StandardInput.Close();
        }
    }

    /// <summary>Runs the program to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> RunAsync(IEnumerable<string> args, IReadOnlyDictionary<string, string>? variables = null, string? directory = null, bool hasInput = false)
    {
        await using GodwitProcess godwit = Start(args, variables, directory);
        int code = await godwit.EndAsync();
        return (code, godwit.Output, godwit.Errors);
    }

    /// <summary>Waits for its end and gives its exit code; for one that a signal ended, 128 and the signal's number.</summary>
    public async Task<int> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>Sends it a signal.</summary>
    public void Signal(UnixSignal signal) => Assert.Equal(0, Kill(Id, (int)signal));

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

    /// <summary>Starts the program, whatever it does then.</summary>
    public static GodwitProcess Start(IEnumerable<string> args, IReadOnlyDictionary<string, string>? variables = null, string? directory = null, bool hasInput = false)
    {
        string program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Godwit.Server.exe" : "Godwit.Server");
        var start = new ProcessStartInfo(program, args) { RedirectStandardInput = hasInput, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "" };
        foreach (string own in start.Environment.Keys.Where(name => name.StartsWith("GODWIT_", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(own);
        }

        foreach ((string name, string value) in variables ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        var godwit = new GodwitProcess(Process.Start(start) ?? throw new InvalidOperationException($"{program} does not start."));
        godwit._process.OutputDataReceived += (_, line) => godwit.TakeOutput(line.Data);
        godwit._process.ErrorDataReceived += (_, line) => Append(godwit._errors, line.Data);
        godwit._process.BeginOutputReadLine();
        godwit._process.BeginErrorReadLine();
        return godwit;
    }

    private static void Append(StringBuilder text, string? line)
    {
        lock (text)
        {
            text.Append(line).Append(line is null ? "" : "\n");
        }
    }

    private static string Text(StringBuilder text)
    {
        lock (text)
        {
            return text.ToString();
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    private void TakeOutput(string? line)
    {
        Append(_output, line);
        if (line is null)
        {
            return;
        }

        if (line.StartsWith(Listening, StringComparison.Ordinal))
        {
            lock (_output)
            {
                _addresses.Add(new Uri(line[Listening.Length..].Replace("*", "localhost", StringComparison.Ordinal)));
            }
        }
        else if (line.StartsWith("Access", StringComparison.Ordinal))
        {
            // The last line: from here on all of the greeting is there.
            _greeted.TrySetResult();
        }
    }
}

/// <summary>Signals by their number.</summary>
internal enum UnixSignal
{
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
}
