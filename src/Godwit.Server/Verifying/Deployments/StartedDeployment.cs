using System.Globalization;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Processes;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Layers;
using Godwit.Server.Verifying.Records;
using Godwit.Server.Verifying.Stores;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>Servers that are started here, with a store of their own.</summary>
internal sealed class StartedDeployment : Deployment
{
    // drain.delay and drain.window of their configuration, and five seconds more, as README.md tells operators to wait.
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(7.3);

    private readonly StartSettings _settings;
    private readonly IStartedStore _store;
    private readonly Credentials _credentials = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-verify-").FullName;
    private readonly StartedServer[] _servers;
    private readonly IReadOnlyList<NetworkNamespace> _networks;
    private readonly NginxProxy? _nginx;
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(10) };

    public StartedDeployment(StartSettings settings)
        : this(settings, NetworkNamespace.For(settings))
    {
    }

    /// <summary>Servers with a store that somebody else makes.</summary>
    public StartedDeployment(StartSettings settings, IStartedStore store)
        : this(settings, store, [])
    {
    }

    private StartedDeployment(StartSettings settings, IReadOnlyList<NetworkNamespace> networks)
        : this(settings, StartedStore.Create(settings, networks), networks)
    {
    }

    private StartedDeployment(StartSettings settings, IStartedStore store, IReadOnlyList<NetworkNamespace> networks)
    {
        _settings = settings;
        _store = store;
        _networks = networks;
        _servers = [.. Enumerable.Range(0, settings.Servers).Select(i => new StartedServer(i, settings.Program, new SteppedClock(Path.Combine(_folder, $"clock-{i}")), networks.Count > 0 ? networks[i] : null))];
        _nginx = settings.HasNginx ? new NginxProxy(settings.Servers) : null;
        Entrances = _nginx?.Entrances ?? [.. _servers.SelectMany(static server => server.Entrances)];
        Headers = _credentials.Backend;
        ReaderHeaders = _credentials.User("verify");
    }

    /// <inheritdoc/>
    public override string Name => $"{_servers.Length} server{(_servers.Length == 1 ? "" : "s")}{(_nginx is null ? "" : " behind nginx (round robin)")}, {_store.Name}";

    /// <inheritdoc/>
    public override IReadOnlyList<Entrance> Entrances { get; }

    /// <inheritdoc/>
    public override int Servers => _servers.Length;

    /// <inheritdoc/>
    public override int Places => _servers.Length + (_nginx is null ? 0 : 1);

    /// <inheritdoc/>
    public override IReadOnlyList<Entrance> DirectEntrances => [.. _servers.Select(static server => server.Entrances[0])];

    /// <inheritdoc/>
    public override IReadOnlyList<int> Processes => [.. _servers.Select(static server => server.Process).OfType<int>(), .. _store.Processes];

    /// <inheritdoc/>
    public override IReadOnlyList<ProbeTransport> Transports => ProbeTransports.All;

    /// <inheritdoc/>
    public override bool HasPresence => true;

    /// <inheritdoc/>
    public override bool HasLatest => true;

    /// <inheritdoc/>
    public override bool HasProxy => _nginx is not null;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> ReaderHeaders { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> PeakMemory => [.. _servers.Select(static server => server.PeakMemory)];

    /// <inheritdoc/>
    public override long? Retains(bool isShort) => isShort ? ServerConfiguration.ShortEntries : RoomPlan.Everything;

    /// <inheritdoc/>
    public override string? Absence(FaultKind kind) => kind switch
    {
        FaultKind.Kill or FaultKind.Revoke => null,
        FaultKind.RollingRestart when _servers.Length == 1 => "there is one server",
        FaultKind.ProxyKill or FaultKind.ProxyReload => _nginx is null ? "there is no proxy; --proxy nginx starts one" : null,
        FaultKind.ClockStep => NativeLayer.Absence,
        FaultKind.LinkCut => _settings.Store == StoreKind.Sentinel ? "servers have to come to the Sentinel, which is in this machine's network" : NetworkNamespace.Absence,
        FaultKind.Drain or FaultKind.Freeze or FaultKind.RollingRestart => OperatingSystem.IsLinux() ? null : "the signals are known on Linux only",
        >= FaultKind.DiskFull => _store.Absence(kind),
        _ => base.Absence(kind),
    };

    /// <inheritdoc/>
    public override Loss Loss(FaultKind kind) => _store.Loss(kind);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancel)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "godwit.json"), ServerConfiguration.Text(_credentials), cancel);
        await _store.StartAsync(cancel);
        foreach (StartedServer server in _servers)
        {
            server.Clock.Set(TimeSpan.Zero);
            await StartAsync(server, cancel);
        }

        if (_nginx is not null)
        {
            await _nginx.StartAsync([.. _servers.Select(static server => server.Address)], cancel);
        }
    }

    /// <inheritdoc/>
    public override string Place(int number) => _nginx is null ? base.Place(number) : number % Places == _servers.Length ? "nginx, before it," : $"server {number % Places}, between nginx and it,";

    /// <inheritdoc/>
    protected override IReadOnlyList<Relay> RelaysAt(int place) => place % Places == _servers.Length ? _nginx!.Relays : _servers[place % Places].Relays;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> HeadersOf(string user) => _credentials.User(user);

    /// <inheritdoc/>
    public override async Task RevokeAsync(string user, CancellationToken cancel)
    {
        // A proxy does not ask a second server when the first may have carried it out; whoever revokes does.
        for (long since = TimeProvider.System.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancel))
        {
            string fault = await TryRevokeAsync(user, cancel) ?? "";
            if (fault.Length == 0)
            {
                return;
            }

            if (TimeProvider.System.GetElapsedTime(since) > _client.Timeout)
            {
                throw new DeploymentException($"the revocation of a user was not taken: {fault}");
            }
        }
    }

    /// <inheritdoc/>
    public override async Task<string?> CarryOutAsync(FaultStep step, Action gone, CancellationToken cancel)
    {
        StartedServer server = _servers[step.Server % _servers.Length];
        switch (step.Kind)
        {
            case FaultKind.Kill:
                await server.EndAsync();
                gone();
                await StartAsync(server, cancel);
                return null;
            case FaultKind.Drain:
                return Left([await RestartAsync(server, gone, cancel)]);
            case FaultKind.RollingRestart:
                var took = new List<TimeSpan>();
                foreach (StartedServer next in _servers)
                {
                    took.Add(await RestartAsync(next, gone, cancel));
                }

                return Left(took);
            case FaultKind.Freeze:
                await server.FreezeAsync(step.Lasts, cancel);
                return null;
            case FaultKind.LinkCut:
                await server.LoseAsync(step.Lasts, cancel);
                return null;
            case FaultKind.ClockStep:
                server.Clock.Set(TimeSpan.FromSeconds(step.Amount));
                await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                server.Clock.Set(TimeSpan.Zero);
                return null;
            case FaultKind.ProxyKill:
                await _nginx!.RestartAsync(cancel);
                return null;
            case FaultKind.ProxyReload:
                _nginx!.Reload();
                return null;
            case FaultKind.PowerLoss:
                await Task.WhenAll(_servers.Select(static each => each.EndAsync()));
                await _store.CarryOutAsync(step, gone, cancel);
                gone();
                foreach (StartedServer each in _servers)
                {
                    await StartAsync(each, cancel);
                }

                return null;
            case >= FaultKind.DiskFull:
                return await _store.CarryOutAsync(step, gone, cancel);
            default:
                return await base.CarryOutAsync(step, gone, cancel);
        }
    }

    /// <inheritdoc/>
    public override string? Fault() => _servers.Select(static server => server.Fault).Append(_nginx?.Fault).FirstOrDefault(static fault => fault is not null);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_nginx is not null)
        {
            await _nginx.DisposeAsync();
        }

        foreach (StartedServer server in _servers)
        {
            await server.DisposeAsync();
        }

        await _store.DisposeAsync();
        foreach (NetworkNamespace network in _networks)
        {
            network.Dispose();
        }

        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string?> TryRevokeAsync(string user, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{Entrances[0].Mount.AbsoluteUri}/admin/revoke"))
        {
            Content = new StringContent($"{{\"user\":\"{user}\"}}", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation(Headers[0].Key, Headers[0].Value);
        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(request, cancel);
            return answer.IsSuccessStatusCode ? null : $"it was answered {(int)answer.StatusCode}";
        }
        catch (Exception fault) when (fault is HttpRequestException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            return fault.Message;
        }
    }

    private static string Left(IEnumerable<TimeSpan> took) => $"left after {string.Join(", ", took.Select(static time => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:F1} s")))}";

    // How long it took to leave.
    private async Task<TimeSpan> RestartAsync(StartedServer server, Action gone, CancellationToken cancel)
    {
        long since = TimeProvider.System.GetTimestamp();
        bool ended = await server.LeaveAsync(DrainPatience, cancel);
        TimeSpan took = TimeProvider.System.GetElapsedTime(since);
        await server.EndAsync();
        gone();
        await StartAsync(server, cancel);
        return ended ? took : throw new DeploymentException(string.Create(CultureInfo.InvariantCulture, $"a server that was told to leave had not ended after {took.TotalSeconds:F1} s")) { IsLate = true };
    }

    private Task StartAsync(StartedServer server, CancellationToken cancel)
    {
        var variables = new Dictionary<string, string>();
        if (_settings.Kinds.Contains(FaultKind.ClockStep))
        {
            Add(server.Clock.Variables);
        }

        _store.Prepare();
        Add(_store.Variables);

        return server.StartAsync(["--config", Path.Combine(_folder, "godwit.json"), .. _store.Arguments(server.Number)], variables, cancel);

        void Add(IReadOnlyDictionary<string, string> more)
        {
            foreach ((string name, string value) in more)
            {
                variables[name] = name == NativeLayer.Preload && variables.TryGetValue(name, out string? before) ? $"{before}:{value}" : value;
            }
        }
    }
}
