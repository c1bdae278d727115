using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Bench.Generator;
using HdrHistogram;

namespace Godwit.Bench.Systems;

/// <summary>A redis-server that servers share while they are measured. It writes nothing to the disk but when it is told to. Disposing ends it.</summary>
internal sealed class RedisServer : IDisposable
{
    private static readonly TimeSpan s_startTime = TimeSpan.FromSeconds(20);
    private readonly BenchContext _context;
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-bench-redis-").FullName;
    private Process? _process;

    public RedisServer(BenchContext context)
    {
        _context = context;
        Port = ServerProcess.FreePort();
        Start();
    }

    public int Port { get; }

    /// <summary>Where it is, as settings name it.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}");

    /// <summary>The number of its process.</summary>
    public int Process => _process!.Id;

    /// <summary>What is missing to start one; null when nothing is.</summary>
    public static string? Missing(Repository repository) => repository.TryRun("redis-server", "--version") is null ? "redis-server: bench/install-peers, or apt-get install redis-server" : null;

    /// <summary>Its version.</summary>
    public static string? Version(Repository repository) =>
        repository.TryRun("redis-server", "--version") is { } text && text.IndexOf("v=", StringComparison.Ordinal) is >= 0 and int at ? text[(at + 2)..].Split(' ')[0] : null;

    /// <summary>Starts it, with what it has saved, and returns once it answers.</summary>
    public void Start()
    {
        ProcessStartInfo command = ServerProcess.EndWithThisProcess(new ProcessStartInfo(
            "redis-server",
            ["--port", $"{Port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction", "--dir", _folder, "--logfile", Path.Combine(_folder, "redis.log")]));
        _process = System.Diagnostics.Process.Start(command)!;
        long start = Stopwatch.GetTimestamp();
        while (!Answers())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(start) > s_startTime)
            {
                throw new BenchFault($"redis-server does not start:\n{File.ReadAllText(Path.Combine(_folder, "redis.log"))}");
            }

            _context.Pause(TimeSpan.FromMilliseconds(2));
        }
    }

    /// <summary>Ends it without a warning.</summary>
    public void Kill()
    {
        _process!.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Carries out a command without blanks in its words; the reply as it came.</summary>
    public string Do(params string[] command)
    {
        using Socket socket = Connect();
        return Do(socket, command);
    }

    /// <summary>How often clients gave it a command.</summary>
    public long Calls(string command) => Number("commandstats", $"cmdstat_{command}:calls=");

    /// <summary>A number of INFO; 0 where there is none.</summary>
    public long Number(string section, string name)
    {
        string text = Do("INFO", section);
        int at = text.IndexOf(name, StringComparison.Ordinal);
        if (at < 0)
        {
            return 0;
        }

        at += name.Length;
        int end = at;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
        {
            end++;
        }

        return long.Parse(text.AsSpan(at, end - at), CultureInfo.InvariantCulture);
    }

    /// <summary>Measures round trips of a PING, a hundred a second, until it is stopped; in microseconds.</summary>
    public Task<LongHistogram> RoundTrips(CancellationToken stop) => Task.Factory.StartNew(
        () =>
        {
            LongHistogram times = new(60_000_000, numberOfSignificantValueDigits: 3);
            using Socket socket = Connect();
            while (!stop.IsCancellationRequested)
            {
                long start = Stopwatch.GetTimestamp();
                Do(socket, "PING");
                times.RecordValue(Math.Max(1, (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds));
                stop.WaitHandle.WaitOne(10);
            }

            return times;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    public void Dispose()
    {
        if (_process is { } process && !HasEnded(process))
        {
            Kill();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static bool HasEnded(Process process)
    {
        try
        {
            return process.HasExited;
        }
        catch (InvalidOperationException)
        {
            return true; // it was let go of
        }
    }

    private static string Do(Socket socket, params string[] command)
    {
        socket.Send(Encoding.ASCII.GetBytes(string.Join(' ', command) + "\r\n"));
        byte[] buffer = new byte[64 << 10];
        int length = 0;
        while (true)
        {
            int received = socket.Receive(buffer, length, buffer.Length - length, SocketFlags.None);
            if (received == 0)
            {
                throw new BenchFault("Redis closed a connection of the bench.");
            }

            length += received;
            string text = Encoding.UTF8.GetString(buffer, 0, length);
            int line = text.IndexOf("\r\n", StringComparison.Ordinal);
            if (line >= 0 && (text[0] != '$' || length >= line + 4 + int.Parse(text.AsSpan(1, line - 1), CultureInfo.InvariantCulture)))
            {
                return text[0] == '-' ? throw new BenchFault($"Redis answered {text.Trim()}.") : text;
            }
        }
    }

    private Socket Connect()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Connect(IPAddress.Loopback, Port);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool Answers()
    {
        try
        {
            return Do("PING").StartsWith("+PONG", StringComparison.Ordinal);
        }
        catch (Exception fault) when (fault is SocketException or BenchFault)
        {
            return false; // it does not listen yet, or reads what it has saved
        }
    }
}
