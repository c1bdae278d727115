using Godwit.Server.Hosting;
using System.Net;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access.Origins;
using Godwit.Rooms;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Tls;
using Godwit.Sqlite;
using Godwit.WebRtc;

namespace Godwit.Server.Configuration;

/// <summary>The settings of <c>godwit serve</c>, with their defaults.</summary>
/// <param name="engine">Where the engine's settings are set.</param>
/// <param name="http">Where the endpoints' settings are set.</param>
internal sealed class ServerSettings(GodwitOptions engine, GodwitHttpOptions http)
{
    public ServerSettings()
        : this(new GodwitOptions(), new GodwitHttpOptions())
    {
    }

    public GodwitOptions Engine { get; } = engine;

    public GodwitHttpOptions Http { get; } = http;

    public IReadOnlyList<Placed<ListenAddress>> Listen { get; set; } = [new(ListenAddress.Default, "the default", "listen")];

    /// <summary>The path of the certificate of https addresses; null if there is none.</summary>
    public string? TlsCertificate { get; set; }

    /// <summary>The path of its key; null if there is none.</summary>
    public string? TlsKey { get; set; }

    /// <summary>Both; null unless both are given.</summary>
    public TlsFiles? TlsFiles => TlsCertificate is null || TlsKey is null ? null : new TlsFiles(TlsCertificate, TlsKey);

    /// <summary>What the files held when the configuration was checked; null if there are none.</summary>
    public TlsMaterial? Tls { get; set; }

    public string Mount { get; set; } = "/rt";

    /// <summary>The directory that the store is in; null if logs are in memory.</summary>
    public string? Data { get; set; }

    /// <summary>When an acknowledged entry of the directory is on the disk.</summary>
    public DataSync DataSync { get; set; } = DataSync.Full;

    /// <summary>How long to wait for a directory that another process holds.</summary>
    public TimeSpan WaitLock { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Where Redis is, if logs are there.</summary>
    public RedisScope Redis { get; } = new();

    /// <summary>Data channels.</summary>
    public WebRtcOptions WebRtc { get; } = new();

    public bool Verbose { get; set; }

    /// <summary>Whether memory is given back while the server is quiet.</summary>
    public bool CollectWhenQuiet { get; set; } = true;

    /// <summary>How many times as long as that stopped the server it is not done again.</summary>
    public long CollectRest { get; set; } = QuietCollection.RestForOne;

    /// <summary>Whether WebSockets in clear text go on without Kestrel.</summary>
    public bool SocketLane { get; set; } = true;

    /// <summary>The most octets of the header fields of a request; null for as many as can be held.</summary>
    public long? HeadBytes { get; set; } = KestrelLimits.HeadBytes;

    /// <summary>Whether everyone may see the lab page, and not only local requests.</summary>
    public bool Lab { get; set; }

    public bool AllowAnonymous
    {
        get => Http.Anonymous == AnonymousAccess.Everyone;
        set => Http.Anonymous = value ? AnonymousAccess.Everyone : AnonymousAccess.LocalRequests;
    }

    /// <summary>The origins of pages that are taken beside those that always are.</summary>
    public IReadOnlyList<OriginPattern> Origins { get; set; } = [];

    /// <summary>The keys of session tokens, the first of which signs.</summary>
    public IReadOnlyList<Placed<ConfiguredSecret>> SessionKeys { get; set; } = [];

    /// <summary>The networks of the proxies before the server.</summary>
    public IReadOnlyList<Placed<IPNetwork>> Proxies { get; set; } = [];

    public IReadOnlyList<string> Issuers { get; set; } = [];

    public IReadOnlyList<string> Audiences { get; set; } = [];

    /// <summary>The secrets that tokens are signed with by HS256.</summary>
    public IReadOnlyList<Placed<ConfiguredSecret>> TokenSecrets { get; set; } = [];

    /// <summary>The public keys of tokens.</summary>
    public IReadOnlyList<Placed<PublicKeyFile>> PublicKeys { get; set; } = [];

    /// <summary>Where issuers publish their keys.</summary>
    public IReadOnlyList<Uri> KeySets { get; set; } = [];

    /// <summary>The API keys that were set.</summary>
    public IReadOnlyList<Placed<Assignments<ApiKeyScope>>> ApiKeys { get; set; } = [];

    /// <summary>Whether requests are decided by what their callers may do.</summary>
    public bool ConfiguresAccess => TokenSecrets.Count > 0 || PublicKeys.Count > 0 || KeySets.Count > 0 || ApiKeys.Count > 0
        || Scopes().Select(scope => scope.Value).Append(Rooms).Any(scope => (scope.Policy.Anonymous | scope.Policy.Users) != Rights.None);

    /// <summary>The settings of every room.</summary>
    public RoomScope Rooms { get; } = new();

    /// <summary>The policies that were set, not yet on top of the settings of every room.</summary>
    public IReadOnlyList<Placed<Assignments<RoomScope>>> Policies { get; set; } = [];

    /// <summary>Makes each policy of the settings of every room and of what it sets itself.</summary>
    public IEnumerable<Placed<RoomScope>> Scopes()
    {
        foreach (Placed<Assignments<RoomScope>> policy in Policies)
        {
            var scope = new RoomScope(Rooms);
            policy.Value.ApplyTo(scope);
            yield return new Placed<RoomScope>(scope, policy.Source, policy.Path);
        }
    }

    /// <summary>Makes each API key of what was set.</summary>
    public IEnumerable<Placed<ApiKeyScope>> ReadApiKeys()
    {
        foreach (Placed<Assignments<ApiKeyScope>> key in ApiKeys)
        {
            var scope = new ApiKeyScope();
            key.Value.ApplyTo(scope);
            yield return new Placed<ApiKeyScope>(scope, key.Source, key.Path);
        }
    }

    /// <summary>Gives the engine its keys, and its policies, the last of which is for every room.</summary>
    public void Finish()
    {
        Engine.Session.Keys.Clear();
        foreach (Placed<ConfiguredSecret> key in SessionKeys)
        {
            Engine.Session.Keys.Add(key.Value.Secret);
        }

        Http.Proxies.Clear();
        foreach (Placed<IPNetwork> proxy in Proxies)
        {
            Http.Proxies.Add(proxy.Value);
        }

        Http.Origins.Clear();
        foreach (OriginPattern origin in Origins)
        {
            Http.Origins.Add(origin.ToString());
        }

        FinishAccess(Http.Access);
        Engine.Policies.Clear();
        foreach (Placed<RoomScope> scope in Scopes())
        {
            Engine.Policies.Add(scope.Value.Finish());
        }

        if (Engine.Policies.Count == 0 || Engine.Policies[^1].Pattern.ToString() != RoomPattern.Everything.ToString())
        {
            Engine.Policies.Add(Rooms.Finish());
        }
    }

    private void FinishAccess(AccessOptions access)
    {
        Fill(access.Issuers, Issuers);
        Fill(access.Audiences, Audiences);
        Fill(access.Secrets, TokenSecrets.Select(secret => secret.Value.Secret));
        Fill(access.PublicKeys, PublicKeys.Select(key => key.Value.Pem));
        Fill(access.KeySets, KeySets);
        Fill(access.ApiKeys, ReadApiKeys().Select(key => key.Value.Finish()));
    }

    private static void Fill<T>(IList<T> list, IEnumerable<T> items)
    {
        list.Clear();
        foreach (T item in items)
        {
            list.Add(item);
        }
    }
}
