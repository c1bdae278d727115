using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Godwit.Redis.Servers;

/// <summary>A real redis-server on a port of its own, with a folder of its own; it is killed on disposal.</summary>
/// <remarks>Without other options nothing is written to the disk, nothing is evicted, and <c>DEBUG</c> is allowed.</remarks>
internal sealed partial class RedisServer : IAsyncDisposable
{
    // Only what hangs takes as long as this.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string[] _options;
    private readonly string[] _within;
    private readonly bool _isSentinel;
    private readonly IReadOnlyDictionary<string, string> _environment;
    private Process? _process;

    private RedisServer(string[] options, int port, string host, string[] within, bool isSentinel, IReadOnlyDictionary<string, string> environment)
    {
        _options = options;
        _environment = environment;
        _within = within;
        _isSentinel = isSentinel;
        Host = host;
        Port = port;
        Folder = Directory.CreateTempSubdirectory("godwit-redis-").FullName;
    }

    /// <summary>The address that it is reached at.</summary>
    public string Host { get; }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>Where it is, as settings name it.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    /// <summary>What it writes to the disk, and its log.</summary>
    public string Folder { get; }

    /// <summary>Whether the process lives.</summary>
    public bool IsRunning => _process is { HasExited: false };

    /// <summary>The number of the process.</summary>
    public int Id => _process!.Id;

    /// <summary>What it logged.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(Folder, "redis.log");

    /// <summary>Whether there is such a program here.</summary>
    public static bool IsInstalled { get; } = Find("redis-server") is not null;

    /// <summary>Skips the test where there is no redis-server.</summary>
    public static void SkipUnlessInstalled() => Assert.SkipUnless(IsInstalled, "redis-server is not installed (Debian: apt-get install redis-server)");

    /// <summary>Starts a server and returns once it answers.</summary>
    /// <param name="options">More of its options: <c>--appendonly</c>, <c>yes</c>, …</param>
    public static Task<RedisServer> StartAsync(params string[] options) => StartAsync(options, IPAddress.Loopback.ToString(), []);

    /// <summary>Starts a server at an address, perhaps by another program such as <c>ip netns exec</c>.</summary>
    /// <param name="options">More of its options.</param>
    /// <param name="host">The address.</param>
    /// <param name="within">What the command begins with.</param>
    /// <param name="isSentinel">Whether the options are lines of the configuration of a Sentinel, and it is to be one.</param>
    /// <param name="environment">What its environment has besides.</param>
    public static async Task<RedisServer> StartAsync(string[] options, string host, string[] within, bool isSentinel = false, IReadOnlyDictionary<string, string>? environment = null)
    {
        SkipUnlessInstalled();
        for (int attempt = 0; ; attempt++)
        {
            var server = new RedisServer(options, FreePort(), host, within, isSentinel, environment ?? new Dictionary<string, string>());
            try
            {
                await server.StartAgainAsync();
                return server;
            }
            catch (InvalidOperationException) when (attempt < 3 && server.Log.Contains("Address already in use", StringComparison.Ordinal))
            {
                // Somebody else has taken the port meanwhile.
                await server.DisposeAsync();
            }
            catch
            {
                await server.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Starts it again after it was killed: on the same port, with what it left on the disk.</summary>
    /// <param name="answers">Whether to wait until it answers; a server that is asked for a password does not.</param>
    public async Task StartAgainAsync(bool answers = true)
    {
        string[] own = _isSentinel
            ? [ConfigurationFile(), "--sentinel"]
            : ["--save", "", "--appendonly", "no", "--enable-debug-command", "yes", "--maxmemory-policy", "noeviction", "--repl-diskless-sync-delay", "0", .. _options];
        string[] command = [.. _within, Find("redis-server")!, .. own, "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", Host, "--protected-mode", "no", "--dir", Folder, "--logfile", LogFile];
        var program = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in _environment)
        {
            program.Environment[name] = value;
        }

        _process = Process.Start(program)!;
        long start = Stopwatch.GetTimestamp();
        while (answers && !Answers())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(start) > Patience)
            {
                throw new InvalidOperationException($"redis-server does not start:\n{Log}{(_process.HasExited ? await _process.StandardOutput.ReadToEndAsync() + await _process.StandardError.ReadToEndAsync() : "")}");
            }

            await Task.Delay(5);
        }
    }

    /// <summary>Carries out a command on a connection of its own.</summary>
    public object? Do(params string[] command)
    {
        using RedisLink link = RedisLink.To(Host, Port);
        return link.Do(command);
    }

    /// <summary>A field of <c>INFO</c>; empty if there is none.</summary>
    public string Info(string section, string field)
    {
        string text = (string)Do("INFO", section)!;
        Match found = Regex.Match(text, $"^{Regex.Escape(field)}:(.*?)\r?$", RegexOptions.Multiline);
        return found.Success ? found.Groups[1].Value : "";
    }

    /// <summary>How often the server was given a command, of all its names; with or without those within scripts is the server's own matter.</summary>
    public long Calls(string command)
    {
        Match found = Regex.Match(Info("commandstats", $"cmdstat_{command}"), @"^calls=(\d+)");
        return found.Success ? long.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Ends it as a power cut does the process: SIGKILL.</summary>
    public async Task KillAsync()
    {
        // By the kernel's own number: with `ip netns exec` the program is replaced, so it is the server's.
        if (_process is { HasExited: false })
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }
    }

    /// <summary>Stops it from doing anything (SIGSTOP): connections stay, nothing is answered.</summary>
    public void Freeze() => Assert.Equal(0, Kill(Id, 19));

    /// <summary>Lets it go on (SIGCONT).</summary>
    public void Thaw() => Assert.Equal(0, Kill(Id, 18));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!Holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"Waited in vain: {what}.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        bool Holds()
        {
            try
            {
                return isSo();
            }
            catch (Exception cut) when (cut is IOException or SocketException)
            {
                // Who is killed has not always ended yet, and a Sentinel that promotes cuts connections.
                return false;
            }
        }
    }

    /// <summary>A port that nobody listens at.</summary>
    internal static int FreePort()
    {
        // Cluster nodes talk at the port 10,000 above.
        while (true)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Any, 0));
            int port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            if (port < 55_000)
            {
                return port;
            }
        }
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/bin").Append("/usr/local/bin").Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private string ConfigurationFile()
    {
        // A Sentinel writes into its configuration.
        string file = Path.Combine(Folder, "sentinel.conf");
        if (!File.Exists(file))
        {
            File.WriteAllLines(file, _options);
        }

        return file;
    }

    private bool Answers()
    {
        try
        {
            using RedisLink link = RedisLink.To(Host, Port);
            return link.Do("PING") is "PONG";
        }
        catch (RedisRefusal refusal)
        {
            return refusal.Message.StartsWith("NOAUTH", StringComparison.Ordinal); // It asks for a password: it answers.
        }
        catch (Exception fault) when (fault is SocketException or IOException or Win32Exception)
        {
            return false;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);
}
