using Godwit.Redis;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>Where Redis is and how it is used, while the settings are read.</summary>
internal sealed class RedisScope
{
    public IReadOnlyList<Placed<string>> Servers { get; set; } = [];

    /// <summary>The password, and where it was read from.</summary>
    public ConfiguredPassword? Password { get; set; }

    /// <summary>All else.</summary>
    public RedisBrokerOptions Options { get; } = new();

    /// <summary>Whether logs are in Redis.</summary>
    public bool IsUsed => Servers.Count > 0;

    /// <summary>The servers, for a person.</summary>
    public string Shown => string.Join(", ", Servers.Select(static server => server.Value));

    /// <summary>Gives the broker its settings.</summary>
    public void ApplyTo(RedisBrokerOptions options)
    {
        options.Endpoints = [.. Servers.Select(static server => server.Value)];
        options.Topology = Options.Topology;
        options.Service = Options.Service;
        options.User = Options.User;
        options.Password = Password?.Text;
        options.Tls = Options.Tls;
        options.TlsHost = Options.TlsHost;
        options.Database = Options.Database;
        options.Prefix = Options.Prefix;
        options.Acknowledgement = Options.Acknowledgement;
        options.Replicas = Options.Replicas;
        options.ReplicationTimeout = Options.ReplicationTimeout;
        options.CallTimeout = Options.CallTimeout;
        options.ConnectTimeout = Options.ConnectTimeout;
        options.WaitBroker = Options.WaitBroker;
    }
}
