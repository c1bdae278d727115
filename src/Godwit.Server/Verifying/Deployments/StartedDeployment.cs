using System.Globalization;
using System.Text;
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
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(10) };

    public StartedDeployment(StartSettings settings)
        : this(settings, StartedStore.Create(settings))
    {
    }

    /// <summary>Servers with a store that somebody else makes.</summary>
    public StartedDeployment(StartSettings settings, IStartedStore store)
    {
        _settings = settings;
        _store = store;
        _servers = [.. Enumerable.Range(0, settings.Servers).Select(i => new StartedServer(i, settings.Program, new SteppedClock(Path.Combine(_folder, $"clock-{i}"))))];
        Entrances = [.. _servers.SelectMany(static server => server.Entrances)];
        Headers = _credentials.Backend;
        ReaderHeaders = _credentials.User("verify");
    }

    /// <inheritdoc/>
    public override string Name => $"{_servers.Length} server{(_servers.Length == 1 ? "" : "s")}, {_store.Name}";

    /// <inheritdoc/>
    public override IReadOnlyList<Entrance> Entrances { get; }

    /// <inheritdoc/>
    public override int Servers => _servers.Length;

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
        FaultKind.ClockStep => NativeLayer.Absence,
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
    }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> HeadersOf(string user) => _credentials.User(user);

    /// <inheritdoc/>
    public override async Task RevokeAsync(string user, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri($"{Entrances[0].Mount.AbsoluteUri}/admin/revoke"))
        {
            Content = new StringContent($"{{\"user\":\"{user}\"}}", Encoding.UTF8, "application/json"),
        };
        request.Headers.TryAddWithoutValidation(Headers[0].Key, Headers[0].Value);
        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(request, cancel);
            if (!answer.IsSuccessStatusCode)
            {
                throw new DeploymentException($"the revocation of a user was answered {(int)answer.StatusCode}");
            }
        }
        catch (HttpRequestException fault)
        {
            throw new DeploymentException($"the revocation of a user was not answered: {fault.Message}");
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
                await RestartAsync(server, gone, cancel);
                return null;
            case FaultKind.RollingRestart:
                foreach (StartedServer next in _servers)
                {
                    await RestartAsync(next, gone, cancel);
                }

                return null;
            case FaultKind.Freeze:
                await server.FreezeAsync(step.Lasts, cancel);
                return null;
            case FaultKind.ClockStep:
                server.Clock.Set(TimeSpan.FromSeconds(step.Amount));
                await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                server.Clock.Set(TimeSpan.Zero);
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
    public override string? Fault() => _servers.Select(static server => server.Fault).FirstOrDefault(static fault => fault is not null);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (StartedServer server in _servers)
        {
            await server.DisposeAsync();
        }

        await _store.DisposeAsync();
        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task RestartAsync(StartedServer server, Action gone, CancellationToken cancel)
    {
        bool ended = await server.LeaveAsync(DrainPatience, cancel);
        await server.EndAsync();
        gone();
        await StartAsync(server, cancel);
        if (!ended)
        {
            throw new DeploymentException(string.Create(CultureInfo.InvariantCulture, $"a server that was told to leave had not ended after {DrainPatience.TotalSeconds} s"));
        }
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
