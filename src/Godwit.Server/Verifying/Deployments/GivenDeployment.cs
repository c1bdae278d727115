using System.Net;
using Godwit.Server.Probes;
using Godwit.Server.Processes;
using Godwit.Server.Verifying.Faults;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>Servers that run already, by their addresses.</summary>
internal sealed class GivenDeployment : Deployment
{
    private readonly Entrance[] _entrances;
    private string? _noDataChannels;

    /// <param name="mounts">The mount points of the servers; <c>h2c</c> as scheme means HTTP/2 in clear text.</param>
    /// <param name="token">What is shown as <c>Authorization: Bearer</c>; null for nothing.</param>
    public GivenDeployment(IReadOnlyList<Uri> mounts, string? token)
    {
        Headers = token is null ? [] : [new("Authorization", $"Bearer {token}")];
        Name = string.Join(", ", mounts);
        Servers = mounts.Count;
        _entrances = [.. mounts.SelectMany(static (mount, server) => Ways(mount, server))];
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

    private static IEnumerable<Entrance> Ways(Uri mount, int server)
    {
        bool isH2c = mount.Scheme == "h2c";
        Uri asked = isH2c ? new UriBuilder(mount) { Scheme = "http", Port = mount.Port }.Uri : mount;
        var relay = new Relay { Target = new DnsEndPoint(asked.Host.Trim('[', ']'), asked.Port) };
        if (!isH2c)
        {
            yield return new Entrance(server, asked, ProbeCarrier.Http1, relay);
        }

        if (isH2c || mount.Scheme == "https")
        {
            yield return new Entrance(server, asked, ProbeCarrier.Http2, relay);
        }
    }
}
