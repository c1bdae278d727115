using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Stores;

/// <summary>A Redis that is started here and writes each command to the disk before it answers, so that nothing may be lost; each server comes to it by a relay of its own.</summary>
internal sealed class RedisStore : IStartedStore
{
    private const string Program = "redis-server";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-verify-redis-").FullName;
    private readonly Relay[] _relays;
    private readonly int _port = FreePort();
    private ServerProcess? _redis;

    /// <param name="servers">How many servers there are.</param>
    public RedisStore(int servers) => _relays = [.. Enumerable.Range(0, servers).Select(_ => new Relay { Target = new IPEndPoint(IPAddress.Loopback, _port) })];

    /// <inheritdoc/>
    public string Name => "logs in Redis (ack: primary, appendfsync always)";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>();

    /// <inheritdoc/>
    public IReadOnlyList<string> Arguments(int server) => ["--redis", _relays[server].Address.ToString()];

    /// <inheritdoc/>
    public string? Absence(FaultKind kind) => kind switch
    {
        FaultKind.DiskFull or FaultKind.PowerLoss => "the logs are in Redis",
        FaultKind.StoreFailover => "there is one Redis",
        _ => OperatingSystem.IsLinux() ? null : "the signals are known on Linux only",
    };

    /// <inheritdoc/>
    public Loss Loss(FaultKind kind) => Faults.Loss.Nothing;

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancel)
    {
        _redis = ServerProcess.Start(
            Program,
            ["--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder, "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--daemonize", "no"],
            new Dictionary<string, string>());
        TimeSpan tried = TimeSpan.Zero;
        while (await AskAsync("PING", cancel) != "+PONG")
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancel);
            tried += TimeSpan.FromMilliseconds(20);
            if (tried > Patience || _redis.UnexpectedEnd is not null)
            {
                throw new DeploymentException($"{Program} does not answer: {_redis.Said}");
            }
        }
    }

    /// <inheritdoc/>
    public void Prepare()
    {
    }

    /// <inheritdoc/>
    public async Task<string?> CarryOutAsync(FaultStep step, CancellationToken cancel)
    {
        Relay relay = _relays[step.Server % _relays.Length];
        switch (step.Kind)
        {
            case FaultKind.StoreKill:
                await _redis!.DisposeAsync();
                Array.ForEach(_relays, static each => each.Cut());
                await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                await StartAsync(cancel);
                return null;
            case FaultKind.StoreFreeze:
                _redis!.Signal(UnixSignal.Stop);
                await WhileAsync(static () => { }, () => _redis.Signal(UnixSignal.Continue), step.Lasts, cancel);
                return null;
            case FaultKind.StoreCut:
                return $"{relay.Cut()} connections";
            case FaultKind.StoreNetworkCut:
                await WhileAsync(relay.Hold, relay.Release, step.Lasts, cancel);
                return null;
            case FaultKind.StoreDelay:
                await WhileAsync(() => relay.Delay = TimeSpan.FromMilliseconds(step.Amount), () => relay.Delay = TimeSpan.Zero, step.Lasts, cancel);
                return null;
            case FaultKind.SubscriptionKill:
                return $"{await AskAsync("CLIENT KILL TYPE pubsub", cancel)} subscriptions";
            default:
                throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Relay relay in _relays)
        {
            await relay.DisposeAsync();
        }

        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static async Task WhileAsync(Action begin, Action end, TimeSpan lasts, CancellationToken cancel)
    {
        begin();
        try
        {
            await Task.Delay(lasts, TimeProvider.System, cancel);
        }
        finally
        {
            end();
        }
    }

    // An inline command, which is answered with a line. Null if nobody is there.
    private async Task<string?> AskAsync(string command, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, _port), cancel);
            await socket.SendAsync(Encoding.ASCII.GetBytes(command + "\r\n"), SocketFlags.None, cancel);
            byte[] answer = new byte[256];
            int octets = await socket.ReceiveAsync(answer, SocketFlags.None, cancel);
            return Encoding.ASCII.GetString(answer, 0, octets).Trim();
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
