using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Godwit.Bench.Load;
using Godwit.Bench.Measure;

namespace Godwit.Bench.Systems;

/// <summary>A measured server while it runs. Disposing ends it.</summary>
internal sealed class ServerProcess : IDisposable
{
    private static readonly TimeSpan s_startTime = TimeSpan.FromSeconds(30);
    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();

    public ServerProcess(BenchSystem system, Repository repository, CancellationToken cancel)
    {
        Port = FreePort();
        ProcessStartInfo command = system.Command(repository, Port);
        command.RedirectStandardOutput = true;
        command.RedirectStandardError = true;
        _process = Process.Start(command)!;
        _process.OutputDataReceived += Note;
        _process.ErrorDataReceived += Note;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        try
        {
            WaitUntilListening(system.Name, cancel);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Port { get; }

    public int Id => _process.Id;

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

    /// <summary>Waits until the server does next to nothing, at most 10 s.</summary>
    public void WaitUntilQuiet(CancellationToken cancel)
    {
        TimeSpan before = Linux.ProcessorTime(Id);
        for (int i = 0; i < 100; i++)
        {
            cancel.WaitHandle.WaitOne(100);
            cancel.ThrowIfCancellationRequested();
            TimeSpan now = Linux.ProcessorTime(Id);
            if ((now - before).TotalMilliseconds < 2)
            {
                return;
            }

            before = now;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Linux.Interrupt(_process.Id);
            if (!_process.WaitForExit(5_000))
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit();
            }
        }

        _process.Dispose();
    }

    private static int FreePort()
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

    private void WaitUntilListening(string name, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < s_startTime && !_process.HasExited)
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException)
            {
                cancel.WaitHandle.WaitOne(50);
                cancel.ThrowIfCancellationRequested();
            }
        }

        throw new BenchFault($"{name} does not listen{(_process.HasExited ? $": it ended with {_process.ExitCode}" : "")}.\n{LastLines}");
    }
}
