using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Godwit.Server.Tests.Docs;

/// <summary>A shell in a folder of its own, which runs what the documents show with the program that was built with these tests.</summary>
/// <remarks>Servers that are started in it listen at free ports; commands that come later reach them at the addresses that are shown.</remarks>
internal sealed partial class Terminal : IAsyncDisposable
{
    // What a command of curl ended with: version of HTTP and status.
    private const string Outcome = "outcome ";

    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, string> _addresses = [];
    private readonly List<Process> _servers = [];

    public Terminal()
    {
        File.WriteAllText(Path.Combine(Folder, ".curlrc"), $"silent\nshow-error\nwrite-out = \"%{{stderr}}\\n{Outcome}%{{http_version}} %{{http_code}}\\n\"\n");
    }

    /// <summary>Where the commands run.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("godwit-docs-").FullName;

    /// <summary>Environment variables for what is started from here on.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>Skips the test where the programs are missing that the documents take for granted.</summary>
    public static void SkipUnlessPresent(string program)
    {
        bool present = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
        Assert.SkipUnless(present, $"There is no {program} on this machine.");
    }

    /// <summary>Where the server is that the documents have at an address, <c>localhost:8080</c> for example.</summary>
    public string Address(string shown) => _addresses[shown];

    /// <summary>Starts a server that lives as long as the terminal, and returns when it listens.</summary>
    public async Task ServeAsync(string command)
    {
        string[] shown = [.. Listen().Matches(command).Select(match => match.Groups["address"].Value).DefaultIfEmpty("localhost:8080")];
        Process server = Start(Listen().Replace(command, "--listen ${scheme}://localhost:0"));
        _servers.Add(server);
        using var patience = new CancellationTokenSource(Patience);
        var said = new StringBuilder();
        int listening = 0;
        while (await server.StandardOutput.ReadLineAsync(patience.Token) is { } line && !line.StartsWith("Access", StringComparison.Ordinal))
        {
            said.Append(line).Append('\n');
            if (line.StartsWith("Listening at ", StringComparison.Ordinal))
            {
                _addresses[shown[listening++]] = $"localhost:{new Uri(line.Split(' ')[^1]).Port}";
            }
        }

        if (listening != shown.Length)
        {
            Assert.Fail($"'{command}' does not listen:\n{said}{await server.StandardError.ReadToEndAsync(patience.Token)}");
        }

        // What it says from here on has to go somewhere.
        _ = server.StandardOutput.ReadToEndAsync(CancellationToken.None);
        _ = server.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>Whether a command starts a server, and so does not end.</summary>
    public static bool Serves(string command) => Server().IsMatch(command);

    /// <summary>Runs a command to its end.</summary>
    /// <returns>Its lines, and what it says of itself.</returns>
    public async Task<(IReadOnlyList<string> Lines, Ending Ending)> RunAsync(string command)
    {
        using Process process = Start(command);
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            string[] outcome = [.. (await errors).Split('\n')];
            return ((await output).ReplaceLineEndings("\n").Split('\n'), new Ending(
                process.ExitCode,
                [.. outcome.Where(line => line.StartsWith(Outcome, StringComparison.Ordinal)).Select(line => int.Parse(line.Split(' ')[^1], System.Globalization.CultureInfo.InvariantCulture))],
                string.Join('\n', outcome.Where(line => !line.StartsWith(Outcome, StringComparison.Ordinal) && line.Length > 0))));
        }
        finally
        {
            End(process);
        }
    }

    /// <summary>Runs a command that does not end, gives its lines as they come, and ends it when no more are asked for.</summary>
    public async IAsyncEnumerable<string> StreamAsync(string command)
    {
        using Process process = Start(command);
        try
        {
            using var patience = new CancellationTokenSource(Patience);
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                yield return line;
            }

            Assert.Fail($"'{command}' ended: {await process.StandardError.ReadToEndAsync(patience.Token)}");
        }
        finally
        {
            End(process);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Process server in _servers)
        {
            End(server);
            await server.WaitForExitAsync(CancellationToken.None);
            server.Dispose();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private static void End(Process process)
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    private Process Start(string command)
    {
        // The folder first: the program may itself be somewhere under /tmp.
        string text = Program().Replace(command.Replace("/tmp/", Folder + "/", StringComparison.Ordinal), $"'{Path.Combine(AppContext.BaseDirectory, "Godwit.Server")}'");
        foreach ((string shown, string actual) in _addresses)
        {
            text = text.Replace(shown, actual, StringComparison.Ordinal);
        }

        var start = new ProcessStartInfo("/bin/sh", ["-c", text])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (string own in start.Environment.Keys.Where(name => name.StartsWith("GODWIT_", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(own);
        }

        // A server whose example names no address is not to take the one that everybody uses.
        start.Environment["GODWIT_listen__0"] = "http://localhost:0";
        start.Environment["CURL_HOME"] = Folder;
        if (_addresses.TryGetValue("localhost:8080", out string? address))
        {
            // Where commands go that name no server.
            start.Environment["GODWIT_URL"] = $"http://{address}/rt";
        }

        foreach ((string name, string value) in Variables)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }

    [GeneratedRegex(@"dotnet run -c Release --project src/Godwit\.Server( --(?= ))?")]
    private static partial Regex Program();

    // The program with no command, or with flags alone, but for --help.
    [GeneratedRegex(@"src/Godwit\.Server( -- (?!--help)--.*)?$")]
    private static partial Regex Server();

    [GeneratedRegex(@"--listen (?<scheme>[a-z0-9]+)://(?<address>localhost:[0-9]+)")]
    private static partial Regex Listen();
}

/// <summary>How a command ended: its exit code, the statuses of its requests, and what else it wrote to standard error.</summary>
internal sealed record Ending(int Code, IReadOnlyList<int> Statuses, string Errors);
