using Godwit.Redis;

namespace Godwit.Server.Configuration;

/// <summary>The rules about settings of Redis that depend on each other.</summary>
internal static class RedisRules
{
    /// <summary>Checks that the settings say one thing together.</summary>
    public static void Check(ServerSettings server, Assignments<ServerSettings> assigned, List<Fault> faults)
    {
        if (assigned.IsFaulty(RedisSettings.Servers) || assigned.IsFaulty(RedisSettings.Topology) || assigned.IsFaulty(RedisSettings.Ack))
        {
            return; // What is missing or too much cannot be said before these are right.
        }

        RedisBrokerOptions redis = server.Redis.Options;
        if (!server.Redis.IsUsed)
        {
            // What is as without Redis does no harm; who says how to reach one and does not name it would find all logs in memory.
            Needs(RedisSettings.Topology, redis.Topology != RedisTopology.Single, RedisSettings.Servers);
            Needs(RedisSettings.Service, redis.Service is not null, RedisSettings.Servers);
            Needs(RedisSettings.User, redis.User is not null, RedisSettings.Servers);
            Needs(RedisSettings.Password, server.Redis.Password is not null, RedisSettings.Servers);
            Needs(RedisSettings.Tls, redis.Tls, RedisSettings.Servers);
            Needs(RedisSettings.TlsHost, redis.TlsHost is not null, RedisSettings.Servers);
            Needs(RedisSettings.Ack, redis.Acknowledgement != RedisAcknowledgement.Primary, RedisSettings.Servers);
            Needs(RedisSettings.WaitBroker, redis.WaitBroker, RedisSettings.Servers);
            return;
        }

        if (server.Data is not null)
        {
            Add(RedisSettings.Servers, $"{DataSettings.Section}.directory (--data) is set as well, and logs are in one store", "leave one of the two out");
        }

        bool hasSentinels = redis.Topology == RedisTopology.Sentinel;
        IReadOnlyList<Placed<string>> servers = server.Redis.Servers;
        for (int i = 0; i < servers.Count; i++)
        {
            if (servers.Take(i).Any(other => string.Equals(other.Value, servers[i].Value, StringComparison.OrdinalIgnoreCase)))
            {
                faults.Add(new Fault(servers[i].Source, servers[i].Path, $"{servers[i].Value} stands there already", "leave one"));
            }
            else if (i > 0 && redis.Topology == RedisTopology.Single)
            {
                faults.Add(new Fault(servers[i].Source, servers[i].Path, "a second server is named, and redis.topology is single", "name one, or set redis.topology to sentinel or cluster"));
            }
        }

        Needs(RedisSettings.Topology, hasSentinels && redis.Service is null, RedisSettings.Service);
        Needs(RedisSettings.Service, !hasSentinels && redis.Service is not null, $"{RedisSettings.Topology}: sentinel");
        Needs(RedisSettings.User, redis.User is not null && server.Redis.Password is null, RedisSettings.Password);
        Needs(RedisSettings.TlsHost, redis.TlsHost is not null && !redis.Tls, $"{RedisSettings.Tls}: true");
        if (redis.Topology == RedisTopology.Cluster && redis.Database != 0)
        {
            Add(RedisSettings.Database, "a cluster has the database 0 alone", "leave it out");
        }

        void Needs(string path, bool isWrong, string needed)
        {
            if (isWrong && !assigned.IsFaulty(needed.Split(':')[0]))
            {
                Add(path, $"it needs {needed}", "add that, or leave this out");
            }
        }

        void Add(string path, string problem, string remedy) => faults.Add(new Fault(assigned.SourceOf(path) ?? "the defaults", path, problem, remedy));
    }
}
