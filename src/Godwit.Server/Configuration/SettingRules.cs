using Godwit.Access;
using Godwit.Rooms;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>Rules about settings that depend on each other.</summary>
internal static class SettingRules
{
    /// <summary>Checks settings whose values are each in order.</summary>
    public static void Check(ServerSettings server, Assignments<ServerSettings> assigned, List<Fault> faults)
    {
        TlsRules.Check(server, assigned, faults);
        RedisRules.Check(server, assigned, faults);
        WebRtcSettings.Check(server, assigned, faults);
        CheckAddresses(server, assigned.IsFaulty(GodwitSettings.AllowAnonymous), faults);
        CheckRecordAge(server.Rooms, assigned.SourceOf(RoomSettings.RecordAge), RoomSettings.RecordAge, faults);
        CheckEntryBytes(server.Rooms, assigned.SourceOf(RoomSettings.EntryBytes), RoomSettings.EntryBytes, faults);
        CheckPolicies(server, faults);
        CheckSessionKeys(server.SessionKeys, faults);
        AccessSettings.Check(server, faults);
    }

    private static void CheckAddresses(ServerSettings server, bool accessIsUnclear, List<Fault> faults)
    {
        for (int i = 0; i < server.Listen.Count; i++)
        {
            (ListenAddress address, string source, string path) = server.Listen[i];
            if (!address.IsLoopback && !server.AllowAnonymous && !server.ConfiguresAccess && !accessIsUnclear)
            {
                faults.Add(new Fault(
                    source,
                    path,
                    $"other machines reach {address}, and access is not configured",
                    $"listen at localhost, set access.secrets, access.keySets or access.apiKeys, or set {GodwitSettings.AllowAnonymous} (--allow-anonymous) if everyone may read and publish"));
            }

            if (server.Listen.Take(i).FirstOrDefault(other => other.Value.Overlaps(address)) is Placed<ListenAddress> overlapping)
            {
                faults.Add(new Fault(source, path, $"{address} is already covered by {overlapping.Value}", "leave one"));
            }
        }
    }

    private static void CheckSessionKeys(IReadOnlyList<Placed<ConfiguredSecret>> keys, List<Fault> faults)
    {
        if (keys.Count == 2 && SecretComparison.AreSame(keys[0].Value.Secret.Octets, keys[1].Value.Secret.Octets))
        {
            faults.Add(new Fault(keys[1].Source, keys[1].Path, "it is the same key as the one before it", "leave one"));
        }
    }

    private static void CheckPolicies(ServerSettings server, List<Fault> faults)
    {
        var before = new HashSet<string>(StringComparer.Ordinal);
        IReadOnlyList<Placed<RoomScope>> scopes = [.. server.Scopes()];
        for (int i = 0; i < scopes.Count; i++)
        {
            (RoomScope scope, _, string path) = scopes[i];
            Assignments<RoomScope> assigned = server.Policies[i].Value;
            CheckRecordAge(scope, assigned.SourceOf(RoomSettings.RecordAge), $"{path}.{RoomSettings.RecordAge}", faults);
            CheckEntryBytes(scope, assigned.SourceOf(RoomSettings.EntryBytes), $"{path}.{RoomSettings.EntryBytes}", faults);
            if (assigned.SourceOf(RoomSettings.Pattern) is not string patternSource || assigned.IsFaulty(RoomSettings.Pattern))
            {
                continue;
            }

            string pattern = scope.Policy.Pattern.ToString();
            if (!before.Add(pattern) || (pattern != "**" && before.Contains("**")))
            {
                faults.Add(new Fault(
                    patternSource,
                    $"{path}.{RoomSettings.Pattern}",
                    $"no room gets as far as {Fault.Quote(pattern)}, because an earlier policy matches all of its rooms",
                    "the first match wins, so put it before that one"));
            }
        }
    }

    private static void CheckRecordAge(RoomScope scope, string? source, string path, List<Fault> faults)
    {
        if (scope.RecordAgeIsTooShort && source is not null)
        {
            faults.Add(new Fault(source, path, "it is below the retention age, so positions would be forgotten before their entries", "make it at least as long, or leave it out"));
        }
    }

    private static void CheckEntryBytes(RoomScope scope, string? source, string path, List<Fault> faults)
    {
        if (scope.EntryBytesAreTooMany && source is not null)
        {
            faults.Add(new Fault(
                source,
                path,
                $"where {RoomSettings.Delivery} is latest, the frame of an entry has up to {EntryLimit.LatestFrame} octets, so that it fits one packet",
                $"make it {EntryLimit.LatestFrame}B or less, or leave it out"));
        }
    }
}
