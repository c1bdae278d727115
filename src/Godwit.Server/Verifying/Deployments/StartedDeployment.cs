using System.Globalization;
using System.Net;
using System.Text;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Disks;
using Godwit.Server.Verifying.Faults;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>A server that is started here, with a store of its own in memory or on the disk.</summary>
internal sealed class StartedDeployment : Deployment
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // drain.delay and drain.window of its configuration, and five seconds more, as README.md tells operators to wait.
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(7.3);

    private readonly StartSettings _settings;
    private readonly Credentials _credentials = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-verify-").FullName;
    private readonly FaultyDisk _disk = new();
    private readonly SteppedClock _clock;
    private readonly Relay _http1 = new();
    private readonly Relay _http2 = new();
    private readonly HttpClient _client = new() { Timeout = TimeSpan.FromSeconds(10) };
    private ServerProcess? _server;
    private long _peak;

    public StartedDeployment(StartSettings settings)
    {
        _settings = settings;
        _clock = new SteppedClock(Path.Combine(_folder, "clock"));
        Entrances =
        [
            new Entrance(0, Mount(_http1), ProbeCarrier.Http1, _http1),
            new Entrance(0, Mount(_http2), ProbeCarrier.Http2, _http2),
        ];
        Headers = _credentials.Backend;
        ReaderHeaders = _credentials.User("verify");
    }

    /// <inheritdoc/>
    public override string Name => _settings.Store == StoreKind.Memory ? "1 server, logs in memory" : "1 server, logs on the disk (SQLite)";

    /// <inheritdoc/>
    public override IReadOnlyList<Entrance> Entrances { get; }

    /// <inheritdoc/>
    public override int Servers => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> ReaderHeaders { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> PeakMemory => [_peak];

    /// <inheritdoc/>
    public override long? Retains(bool isShort) => isShort ? ServerConfiguration.ShortEntries : RoomPlan.Everything;

    /// <inheritdoc/>
    public override string? Absence(FaultKind kind) => kind switch
    {
        FaultKind.Kill or FaultKind.Revoke => null,
        FaultKind.RollingRestart => "there is one server",
        FaultKind.ClockStep => SteppedClock.Library is null ? "libfaketime is missing (Debian: faketime)" : null,
        FaultKind.DiskFull or FaultKind.PowerLoss => _settings.Store == StoreKind.Memory ? "the logs are in memory" : FaultyDisk.Absence,
        FaultKind.Drain or FaultKind.Freeze => OperatingSystem.IsLinux() ? null : "the signals are known on Linux only",
        _ => base.Absence(kind),
    };

    /// <inheritdoc/>
    public override Loss Loss(FaultKind kind) =>
        _settings.Store == StoreKind.Memory && kind is FaultKind.Kill or FaultKind.Drain ? Faults.Loss.Log : Faults.Loss.Nothing;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancel)
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "godwit.json"), ServerConfiguration.Text(_credentials), cancel);
        _clock.Set(TimeSpan.Zero);
        await StartServerAsync(cancel);
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
    public override async Task<string?> CarryOutAsync(FaultStep step, CancellationToken cancel)
    {
        switch (step.Kind)
        {
            case FaultKind.Kill:
                await EndServerAsync();
                await StartServerAsync(cancel);
                return null;
            case FaultKind.Drain:
                _server!.Signal(UnixSignal.Terminate);
                bool ended = await _server.EndsAsync(DrainPatience, cancel);
                await EndServerAsync();
                await StartServerAsync(cancel);
                return ended ? null : throw new DeploymentException(string.Create(CultureInfo.InvariantCulture, $"a server that was told to leave had not ended after {DrainPatience.TotalSeconds} s"));
            case FaultKind.Freeze:
                _server!.Signal(UnixSignal.Stop);
                try
                {
                    await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                }
                finally
                {
                    _server.Signal(UnixSignal.Continue);
                }

                return null;
            case FaultKind.ClockStep:
                _clock.Set(TimeSpan.FromSeconds(step.Amount));
                await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                _clock.Set(TimeSpan.Zero);
                return null;
            case FaultKind.DiskFull:
                _disk.Set(DiskFault.Full);
                await Task.Delay(step.Lasts, TimeProvider.System, cancel);
                _disk.Set(DiskFault.None);
                return null;
            case FaultKind.PowerLoss:
                await EndServerAsync();
                _disk.LosePower(new Random(step.Amount), step.Amount / 100.0);
                await StartServerAsync(cancel);
                return null;
            default:
                return await base.CarryOutAsync(step, cancel);
        }
    }

    /// <inheritdoc/>
    public override string? Fault() => _server?.UnexpectedEnd is { } code ? $"a server ended by itself with code {code}: {_server.Said}" : null;

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await EndServerAsync();
        await _http1.DisposeAsync();
        await _http2.DisposeAsync();
        _client.Dispose();
        _disk.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static Uri Mount(Relay relay) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{relay.Address.Port}/rt"));

    private async Task StartServerAsync(CancellationToken cancel)
    {
        List<string> args = [.. _settings.Program.Skip(1), "serve", "--config", Path.Combine(_folder, "godwit.json"), "--listen", "http://127.0.0.1:0", "--listen", "h2c://127.0.0.1:0"];
        if (_settings.Store == StoreKind.Sqlite)
        {
            args.AddRange("--data", _disk.Directory);
        }

        _disk.Settle();
        _server = ServerProcess.Start(_settings.Program[0], args, Variables());
        try
        {
            if (!await _server.GreetedAsync(Patience, cancel))
            {
                await _server.EndsAsync(TimeSpan.FromSeconds(1), cancel);
                throw new DeploymentException($"a server ended instead of starting: {_server.Said}");
            }
        }
        catch (TimeoutException)
        {
            throw new DeploymentException($"a server did not start within {Patience.TotalSeconds} s: {_server.Said}");
        }

        _http1.Target = new IPEndPoint(IPAddress.Loopback, _server.Addresses[0].Port);
        _http2.Target = new IPEndPoint(IPAddress.Loopback, _server.Addresses[1].Port);
    }

    private Dictionary<string, string> Variables()
    {
        var variables = new Dictionary<string, string>();
        var libraries = new List<string>();
        if (_settings.Kinds.Contains(FaultKind.ClockStep) && SteppedClock.Library is { } clock)
        {
            libraries.Add(clock);
            foreach ((string name, string value) in _clock.Variables)
            {
                variables[name] = value;
            }
        }

        if (_settings.Store == StoreKind.Sqlite && FaultyDisk.Absence is null && _settings.Kinds.Any(static kind => kind is FaultKind.DiskFull or FaultKind.PowerLoss))
        {
            foreach ((string name, string value) in _disk.Variables)
            {
                variables[name] = value;
            }

            libraries.Add(variables["LD_PRELOAD"]);
        }

        if (libraries.Count > 0)
        {
            variables["LD_PRELOAD"] = string.Join(':', libraries);
        }

        return variables;
    }

    private async Task EndServerAsync()
    {
        if (_server is { } server)
        {
            (_http1.Target, _http2.Target) = (null, null);
            _peak = Math.Max(_peak, server.PeakMemory() ?? 0);
            await server.DisposeAsync();
            _http1.Cut();
            _http2.Cut();
        }

        _server = null;
    }
}
