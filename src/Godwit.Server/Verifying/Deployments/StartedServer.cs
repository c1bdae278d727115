using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Godwit.Server.Probes;
using Godwit.Server.Processes;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>A server of a deployment that is started here: its addresses stay the same over all of its lives.</summary>
/// <param name="number">Which one, from 0.</param>
/// <param name="program">The program, with the arguments that stand before its own.</param>
/// <param name="clock">Its clock.</param>
/// <param name="network">The network that it is in; null for this machine's.</param>
internal sealed class StartedServer(int number, IReadOnlyList<string> program, SteppedClock clock, NetworkNamespace? network = null) : IAsyncDisposable
{
    private readonly IReadOnlyList<string> _program = [.. network?.Within ?? [], .. program];
    private readonly IPAddress _listens = network?.Inside ?? IPAddress.Loopback;

    // Like its other addresses the same over all of its lives.
    private readonly int _udp = FreeUdpPort();

    private const int MostStretched = 5;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    private readonly Relay _http1 = new();
    private readonly Relay _http2 = new();
    private ServerProcess? _process;
    private long _peak;

    /// <summary>Which one, from 0.</summary>
    public int Number { get; } = number;

    /// <summary>Its clock.</summary>
    public SteppedClock Clock { get; } = clock;

    /// <summary>The ways in, over both versions of HTTP.</summary>
    public IReadOnlyList<Entrance> Entrances => [new(Number, Mount(_http1), ProbeCarrier.Http1, _http1), new(Number, Mount(_http2), ProbeCarrier.Http2, _http2)];

    /// <summary>Where a proxy comes to it, over HTTP/1.1: always the same, by a relay.</summary>
    public IPEndPoint Address => _http1.Address;

    /// <summary>The number of its process; null without one.</summary>
    public int? Process => _process?.Id;

    /// <summary>What stands before it.</summary>
    public IReadOnlyList<Relay> Relays => [_http1, _http2];

    /// <summary>The most memory that one of its processes has had, in octets.</summary>
    public long PeakMemory => Math.Max(_peak, _process?.PeakMemory() ?? 0);

    /// <summary>What is wrong with it though nobody told it to end; null for nothing.</summary>
    public string? Fault => _process is { UnexpectedEnd: { } code } process ? $"server {Number} ended by itself with code {code}: {process.Said}" : null;

    /// <summary>Starts it, and returns once it listens.</summary>
    /// <exception cref="DeploymentException">It does not.</exception>
    public async Task StartAsync(IEnumerable<string> args, IReadOnlyDictionary<string, string> variables, CancellationToken cancel)
    {
        if (network is not null && program[0].Contains('/', StringComparison.Ordinal) && !File.Exists(program[0]))
        {
            // Else what starts it within the network would say so in its own words.
            throw new DeploymentException($"{program[0]} cannot be started: there is no such file");
        }

        // Who comes through a proxy has to be told of the address too, and it is one that only this machine knows.
        var environment = new Dictionary<string, string>(variables) { ["GODWIT_webrtc__addresses__0"] = _listens.ToString() };
        _process = ServerProcess.Start(
            _program[0],
            [.. _program.Skip(1), "serve", "--listen", $"http://{_listens}:0", "--listen", $"h2c://{_listens}:0", "--udp", _udp.ToString(CultureInfo.InvariantCulture), .. args],
            environment);
        try
        {
            if (!await _process.GreetedAsync(Patience, cancel))
            {
                await _process.EndsAsync(TimeSpan.FromSeconds(1), cancel);
                throw new DeploymentException($"a server ended instead of starting: {_process.Said}");
            }
        }
        catch (TimeoutException)
        {
            throw new DeploymentException(string.Create(CultureInfo.InvariantCulture, $"a server did not start within {Patience.TotalSeconds} s: {_process.Said}"));
        }

        _http1.Target = new IPEndPoint(_listens, _process.Addresses[0].Port);
        _http2.Target = new IPEndPoint(_listens, _process.Addresses[1].Port);
    }

    /// <summary>Tells it to leave.</summary>
    /// <returns>Whether it has ended by then; what it has to wait for a processor is added, up to five times as long.</returns>
    public async Task<bool> LeaveAsync(TimeSpan patience, CancellationToken cancel)
    {
        RunQueue queue = RunQueue.Begin([_process!.Id]);
        long since = TimeProvider.System.GetTimestamp();
        TimeSpan waited = TimeSpan.Zero;
        _process.Signal(UnixSignal.Terminate);
        do
        {
            if (await _process.EndsAsync(Look, cancel))
            {
                return true;
            }

            // What it had to wait is not known any more once it has ended.
            waited = queue.Waited() is var now && now > waited ? now : waited;
        }
        while (TimeProvider.System.GetElapsedTime(since) is var took && took < MostStretched * patience && took < patience + waited);
        return false;
    }

    /// <summary>Stops it for a while.</summary>
    public async Task FreezeAsync(TimeSpan lasts, CancellationToken cancel)
    {
        _process!.Signal(UnixSignal.Stop);
        try
        {
            await Task.Delay(lasts, TimeProvider.System, cancel);
        }
        finally
        {
            _process.Signal(UnixSignal.Continue);
        }
    }

    /// <summary>For a while drops every packet between it and its clients.</summary>
    public async Task LoseAsync(TimeSpan lasts, CancellationToken cancel)
    {
        network!.Drop(_process!.Addresses.Select(static address => address.Port).Append(_udp));
        try
        {
            await Task.Delay(lasts, TimeProvider.System, cancel);
        }
        finally
        {
            network.Mend();
        }
    }

    /// <summary>Kills it, if it has not ended.</summary>
    public async Task EndAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            (_http1.Target, _http2.Target) = (null, null);
            _peak = Math.Max(_peak, process.PeakMemory() ?? 0);
            await process.DisposeAsync();
            _http1.Cut();
            _http2.Cut();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        await _http1.DisposeAsync();
        await _http2.DisposeAsync();
    }

    private static int FreeUdpPort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Any, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static Uri Mount(Relay relay) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{relay.Address.Port}/rt"));
}
