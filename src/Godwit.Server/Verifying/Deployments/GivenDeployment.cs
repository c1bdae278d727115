using System.Net;
using Godwit.Server.Probes;
using Godwit.Server.Processes;
using Godwit.Server.Reaching;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>Servers that run already, by their addresses.</summary>
internal sealed class GivenDeployment : Deployment
{
    private readonly Entrance[] _entrances;
    private string? _noDataChannels;

    /// <param name="servers">How the servers are reached; all of them are shown what the first one is.</param>
    public GivenDeployment(IReadOnlyList<ServerAccess> servers)
    {
        Headers = servers[0].Token is { } token ? [new("Authorization", $"Bearer {token}")] : [];
        Name = string.Join(", ", servers.Select(static server => $"{server.Mount}{(server.Carrier.IsHttp2 ? " over HTTP/2" : "")}"));
        Servers = servers.Count;
        _entrances = [.. servers.SelectMany(Ways)];
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Entrance> Entrances => _entrances;

    /// <inheritdoc/>
    public override int Servers { get; }

    /// <inheritdoc/>
    public override bool HasProxy => true;

    /// <inheritdoc/>
    public override IReadOnlyList<ProbeTransport> Transports => _noDataChannels is null ? ProbeTransports.All : ProbeTransports.OverHttp;

    /// <inheritdoc/>
    public override string? NoDataChannels => _noDataChannels;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, string>> Headers { get; }

    /// <inheritdoc/>
    public override long? Retains(bool isShort) => null;

    /// <inheritdoc/>
    public override string? Absence(FaultKind kind) => kind == FaultKind.Revoke ? "there is no key of an administrator" : base.Absence(kind);

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancel)
    {
        foreach (Entrance entrance in _entrances)
        {
            if (await ServerCheck.FaultAsync(entrance.Room("verify", Headers), entrance.Mount, cancel) is { } fault)
            {
                throw new DeploymentException(fault);
            }

            _noDataChannels ??= await DataChannelCheck.WhyNotAsync(entrance.Room("verify", Headers), cancel);
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        foreach (Relay relay in _entrances.Select(static entrance => entrance.Relay).Distinct())
        {
            await relay.DisposeAsync();
        }
    }

    // Over TLS both versions are asked for, unless one was; in clear text there is one at an address.
    private static IEnumerable<Entrance> Ways(ServerAccess server, int number)
    {
        var relay = new Relay { Target = new DnsEndPoint(server.Mount.Host.Trim('[', ']'), server.Mount.Port) };
        yield return new Entrance(number, server.Mount, server.Carrier, relay);
        if (server is { Mount.Scheme: "https", Carrier.IsHttp2: false })
        {
            yield return new Entrance(number, server.Mount, server.Carrier with { Version = HttpVersion.Version20 }, relay);
        }
    }
}
