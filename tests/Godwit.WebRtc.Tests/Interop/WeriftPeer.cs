using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Threading.Channels;

namespace Godwit.WebRtc.Tests.Interop;

/// <summary>A process that speaks SCTP by another implementation, over a UDP socket and without DTLS.</summary>
internal sealed class WeriftPeer : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Channel<JsonElement> _events = Channel.CreateUnbounded<JsonElement>();

    private WeriftPeer(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) =>
        {
            if (line.Data is { Length: > 0 } text)
            {
                _events.Writer.TryWrite(JsonDocument.Parse(text).RootElement);
            }
        };
        process.BeginOutputReadLine();
    }

    /// <summary>Where it receives.</summary>
    public IPEndPoint Address { get; private set; } = null!;

    /// <summary>What it has told since it was last asked.</summary>
    public IEnumerable<JsonElement> Events
    {
        get
        {
            while (_events.Reader.TryRead(out JsonElement told))
            {
                yield return told;
            }
        }
    }

    /// <summary>Starts one that waits, or one that begins with whoever receives at a port.</summary>
    public static async Task<WeriftPeer> StartAsync(int? clientOf = null)
    {
        Assert.SkipUnless(Directory.Exists(Path.Combine(SourceFolder(), "node_modules")), "werift-sctp is not installed: run npm ci in tests/Godwit.WebRtc.Tests/Interop/werift");
        string script = Path.Combine(AppContext.BaseDirectory, "Interop", "peer.js");
        var start = new ProcessStartInfo("node")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            Environment = { ["NODE_PATH"] = Path.Combine(SourceFolder(), "node_modules") },
        };
        start.ArgumentList.Add(script);
        start.ArgumentList.Add(clientOf is null ? "server" : "client");
        if (clientOf is { } port)
        {
            start.ArgumentList.Add($"{port}");
        }

        var peer = new WeriftPeer(Process.Start(start)!);
        JsonElement first = await peer._events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        peer.Address = new IPEndPoint(IPAddress.Loopback, first.GetProperty("port").GetInt32());
        return peer;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(10)))
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "werift");
}
