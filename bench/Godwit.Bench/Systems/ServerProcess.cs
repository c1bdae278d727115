using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Bench.Generator;
using Godwit.Bench.Measure;
using Godwit.Server.Measuring;

namespace Godwit.Bench.Systems;

/// <summary>A measured server while it runs, with the processes that it starts. Disposing ends it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan s_startTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_glance = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_unreadTime = TimeSpan.FromSeconds(20);
    private static readonly bool s_hasSetPriv = File.Exists("/usr/bin/setpriv");
    private readonly BenchContext _context;
    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();

    /// <summary>Starts a server and waits until it serves.</summary>
    /// <param name="system">Of what.</param>
    /// <param name="context">What is built, and what gives up.</param>
    /// <param name="environment">Variables for it.</param>
    /// <param name="hasTls">Whether it has an end point with TLS, if the system is measured over it: that has its time, and its memory, too.</param>
    public ServerProcess(BenchSystem system, BenchContext context, IReadOnlyDictionary<string, string>? environment = null, bool hasTls = true)
    {
        _context = context;
        Port = FreePort();
        SecurePort = hasTls ? FreePort() : 0;
        ProcessStartInfo command = EndWithThisProcess(system.Command(context.Repository, Port, SecurePort));
        command.RedirectStandardOutput = true;
        command.RedirectStandardError = true;
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            command.Environment[name] = value;
        }

        long start = Stopwatch.GetTimestamp();
        _process = Process.Start(command)!;
        _process.OutputDataReceived += Note;
        _process.ErrorDataReceived += Note;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            WaitUntilReady(system, context.Cancel);
            StartTime = Stopwatch.GetElapsedTime(start);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Port { get; }

    public int SecurePort { get; }

    /// <summary>From the start of the process until it served.</summary>
    public TimeSpan StartTime { get; }

    /// <summary>The process and those that it has started, by their ids.</summary>
    public IReadOnlyList<int> Processes => [.. WithChildren(_process.Id)];

    /// <summary>CPU time that all of them have used.</summary>
    public TimeSpan ProcessorTime => Processes.Aggregate(TimeSpan.Zero, static (sum, process) => sum + ProcessClock.Of(process));

    /// <summary>The last lines that the server printed, for the report of a fault.</summary>
    public string LastLines
    {
        get
        {
            lock (_lastLines)
            {
                return string.Join('\n', _lastLines);
            }
        }
    }

    /// <summary>Waits until the server does next to nothing and has taken what was sent to it, though not for ever: on a busy machine it may only wait for its turn.</summary>
    public void WaitUntilQuiet()
    {
        TimeSpan before = ProcessorTime;
        TimeSpan unread = TimeSpan.Zero;
        for (TimeSpan waited = TimeSpan.Zero; waited < _context.Options.Quiet; waited += s_glance)
        {
            _context.Pause(s_glance);
            TimeSpan now = ProcessorTime;
            if ((now - before).TotalMilliseconds < 2)
            {
                if (!UnreadInput.IsAt(Port, SecurePort) || unread >= s_unreadTime)
                {
                    return;
                }

                waited -= s_glance;
                unread += s_glance;
            }

            before = now;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Linux.Terminate(_process.Id);
            if (!_process.WaitForExit(5_000))
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit();
            }
        }

        _process.Dispose();
    }

    // So that no server is left running, whatever ends the bench.
    internal static ProcessStartInfo EndWithThisProcess(ProcessStartInfo command)
    {
        if (s_hasSetPriv)
        {
            command.ArgumentList.Insert(0, command.FileName);
            command.ArgumentList.Insert(0, "TERM");
            command.ArgumentList.Insert(0, "--pdeathsig");
            command.FileName = "/usr/bin/setpriv";
        }

        return command;
    }

    private static IEnumerable<int> WithChildren(int process)
    {
        string file = $"/proc/{process}/task/{process}/children";
        string children = File.Exists(file) ? File.ReadAllText(file) : "";
        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries).SelectMany(static child => WithChildren(int.Parse(child))).Prepend(process);
    }

    internal static int FreePort()
    {
        using Socket probe = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)probe.LocalEndPoint!).Port;
    }

    private void Note(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is not null)
        {
            lock (_lastLines)
            {
                _lastLines.Enqueue(line.Data);
                if (_lastLines.Count > 20)
                {
                    _lastLines.Dequeue();
                }
            }
        }
    }

    private void WaitUntilReady(BenchSystem system, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_startTime && !_process.HasExited)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, Port);
                if (SecurePort != 0 && system.Transports.Contains(Transport.SecureWebSocket))
                {
                    using Socket secure = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    secure.Connect(IPAddress.Loopback, SecurePort);
                }

                if (system.ReadyPath is null || IsReady(socket, system.ReadyPath))
                {
                    return;
                }
            }
            catch (SocketException)
            {
            }

            cancel.WaitHandle.WaitOne(2);
            cancel.ThrowIfCancellationRequested();
        }

        throw new BenchFault($"{system.Name} does not listen{(_process.HasExited ? $": it ended with {_process.ExitCode}" : "")}.\n{LastLines}");
    }

    private static bool IsReady(Socket socket, string path)
    {
        byte[] answer = new byte[1024];
        socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
        return socket.Receive(answer) > 12 && HttpAnswer.Status(answer) == 200;
    }
}
