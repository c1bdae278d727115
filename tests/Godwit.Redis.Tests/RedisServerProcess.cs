using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Redis.Tests;

/// <summary>A redis-server of the test's own, in a directory of its own, on a free port of the loopback address. Ended by its number.</summary>
public sealed class RedisServerProcess : IAsyncDisposable
{
    private readonly List<string> _arguments;
    private readonly Dictionary<string, string> _environment;
    private Process? _process;
    private Process? _reaper;

    private RedisServerProcess(string directory, int port, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        Directory = directory;
        Port = port;
        _arguments = [.. arguments];
        _environment = environment;
    }

    /// <summary>Where it keeps its files.</summary>
    public string Directory { get; }

    /// <summary>Its port on 127.0.0.1.</summary>
    public int Port { get; }

    /// <summary>Its address.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>Its process, while it runs.</summary>
    public Process Process => _process ?? throw new InvalidOperationException("The server does not run.");

    /// <summary>Starts one, and completes when it answers.</summary>
    /// <param name="arguments">Further settings, as on the command line: <c>--appendonly yes</c>.</param>
    /// <param name="port">The port; a free one if it is not given.</param>
    /// <param name="environment">What its environment has besides.</param>
    public static async Task<RedisServerProcess> StartAsync(string arguments = "", int? port = null, Dictionary<string, string>? environment = null)
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("godwit-redis-").FullName;
        var server = new RedisServerProcess(directory, port ?? FreePort(), arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), environment ?? []);
        try
        {
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it once more, on the same port and with the same files.</summary>
    public async Task StartAgainAsync()
    {
        var start = new ProcessStartInfo("redis-server")
        {
            WorkingDirectory = Directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        string[] settings =
        [
            "--port", Text(Port), "--bind", "127.0.0.1", "--dir", Directory, "--logfile", Path.Combine(Directory, "log"), "--daemonize", "no",
            "--save", "", "--enable-debug-command", "yes", "--protected-mode", "no", "--repl-diskless-sync-delay", "0", .. _arguments,
        ];
        foreach (string setting in settings)
        {
            start.ArgumentList.Add(setting);
        }

        foreach ((string name, string value) in _environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;

        // Whatever becomes of this process, that one does not stay: when the pipe ends it is killed.
        _reaper = Process.Start(new ProcessStartInfo("sh", ["-c", $"cat; kill -9 {Text(_process.Id)}"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await AnswersAsync(limit.Token))
        {
            if (_process.HasExited || limit.IsCancellationRequested)
            {
                string log = Path.Combine(Directory, "log");
                string text = File.Exists(log) ? await File.ReadAllTextAsync(log, CancellationToken.None) : "no log";
                throw new InvalidOperationException($"redis-server {(_process.HasExited ? $"ended with {_process.ExitCode}" : "does not answer")}: {text}");
            }

            await Task.Delay(5, CancellationToken.None);
        }
    }

    /// <summary>Ends it as a loss of power would, but for what the system has of its files.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            // Before the number can be another's.
            _reaper?.Kill();
            _reaper?.Dispose();
            if (!process.HasExited)
            {
                process.Kill();
            }

            await process.WaitForExitAsync();
            process.Dispose();
            _process = null;
        }
    }

    /// <summary>Ends it, and has it write what it has to.</summary>
    public async Task StopAsync()
    {
        Signal("TERM");
        await Process.WaitForExitAsync();
        await KillAsync();
    }

    /// <summary>Has it stop answering, and not know of it.</summary>
    public void Suspend() => Signal("STOP");

    /// <summary>Has it go on.</summary>
    public void Resume() => Signal("CONT");

    /// <summary>Sends one command on a connection of its own, and gives the answer as it came, in RESP.</summary>
    public async Task<string> CommandAsync(params string[] words)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port);
        NetworkStream stream = client.GetStream();
        var request = new System.Text.StringBuilder();
        request.Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (string word in words)
        {
            request.Append(CultureInfo.InvariantCulture, $"${System.Text.Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(request.ToString()));

        // A status, a number and a value fit in what comes first; what is longer is read until nothing more comes for a moment.
        using var answer = new MemoryStream();
        byte[] buffer = new byte[1 << 16];
        int read = await stream.ReadAsync(buffer);
        while (read > 0)
        {
            answer.Write(buffer, 0, read);
            if (IsWhole(answer.GetBuffer().AsSpan(0, (int)answer.Length)))
            {
                break;
            }

            read = await stream.ReadAsync(buffer);
        }

        return System.Text.Encoding.UTF8.GetString(answer.GetBuffer(), 0, (int)answer.Length);
    }

    /// <summary>How often a command was called, by clients and scripts.</summary>
    public async Task<long> CallsAsync(string command)
    {
        string line = $"cmdstat_{command}:calls=";
        string stats = await CommandAsync("INFO", "commandstats");
        int at = stats.IndexOf(line, StringComparison.Ordinal);
        return at < 0 ? 0 : long.Parse(stats.AsSpan(at + line.Length, stats.IndexOf(',', at) - at - line.Length), CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    /// <summary>A port that nobody listens on.</summary>
    public static int FreePort()
    {
        // Below those that the system gives to whoever connects: such a one could be taken before the server has begun, even by whoever looks whether it has.
        // So is the port 10,000 above, at which nodes of a cluster talk.
        while (true)
        {
            int port = Random.Shared.Next(12000, 22700);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        int end = answer.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        return answer[0] switch
        {
            (byte)'$' => int.Parse(answer[1..end], CultureInfo.InvariantCulture) is int length && (length < 0 || answer.Length >= end + 2 + length + 2),
            (byte)'*' => IsWholeArray(answer, out _),
            _ => true,
        };
    }

    private static bool IsWholeArray(ReadOnlySpan<byte> answer, out int used)
    {
        used = 0;
        int end = answer.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return false;
        }

        int at = end + 2;
        switch (answer[0])
        {
            case (byte)'*':
                for (int left = int.Parse(answer[1..end], CultureInfo.InvariantCulture); left > 0; left--)
                {
                    if (at >= answer.Length || !IsWholeArray(answer[at..], out int one))
                    {
                        return false;
                    }

                    at += one;
                }

                break;
            case (byte)'$':
                int length = int.Parse(answer[1..end], CultureInfo.InvariantCulture);
                at += length < 0 ? 0 : length + 2;
                break;
        }

        used = at;
        return at <= answer.Length;
    }

    private async Task<bool> AnswersAsync(CancellationToken cancel)
    {
        try
        {
            string answer = await CommandAsync("PING").WaitAsync(cancel);
            return answer.StartsWith("+PONG", StringComparison.Ordinal) || answer.StartsWith("-NOAUTH", StringComparison.Ordinal) || answer.StartsWith("-NOPERM", StringComparison.Ordinal);
        }
        catch (Exception failure) when (failure is SocketException or IOException or OperationCanceledException)
        {
            return false;
        }
    }

    private void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", Text(Process.Id)]);
        kill.WaitForExit();
    }
}
