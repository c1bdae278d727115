using System.Globalization;
using Godwit.Rooms;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Settings;

/// <summary>Checks the engine's settings and those of rooms, and reports all faults at once.</summary>
internal sealed class GodwitOptionsCheck : IValidateOptions<GodwitOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, GodwitOptions options)
    {
        var faults = new SettingFaults(nameof(GodwitOptions));
        faults.Check(nameof(options.LogMemory), options.LogMemory, SettingRanges.LogMemory);
        faults.Check(nameof(options.FeedLinger), options.FeedLinger, SettingRanges.FeedLinger);
        faults.Check(nameof(options.MaxWait), options.MaxWait, SettingRanges.MaxWait);
        faults.Check(nameof(options.Heartbeat), options.Heartbeat, SettingRanges.Heartbeat);
        faults.Check(nameof(options.StallLimit), options.StallLimit, SettingRanges.StallLimit);
        faults.Check(nameof(options.RevocationLife), options.RevocationLife, SettingRanges.RevocationLife);
        faults.Check(nameof(options.RequestTimeout), options.RequestTimeout, SettingRanges.RequestTimeout);
        faults.Check(nameof(options.CredentialGrace), options.CredentialGrace, SettingRanges.CredentialGrace);
        faults.Check(nameof(options.DrainDelay), options.DrainDelay, SettingRanges.DrainDelay);
        faults.Check(nameof(options.DrainWindow), options.DrainWindow, SettingRanges.DrainWindow);
        faults.Check(nameof(options.Shards), (long?)options.Shards, SettingRanges.Shards);
        faults.Check("Session.Keys.Count", options.Session.Keys.Count, SettingRanges.SessionKeys);
        faults.Check("Session.TokenLife", options.Session.TokenLife, SettingRanges.SessionLife);
        if (options.Session.HelloTimeout is { } hello)
        {
            faults.Check("Session.HelloTimeout", hello, SettingRanges.HelloTimeout);
        }

        faults.Check("Session.MaxRooms", (long?)options.Session.MaxRooms, SettingRanges.SessionRooms);
        faults.Check("Limits.Publishes", options.Limits.Publishes);
        faults.Check("Limits.RoomPublishes", options.Limits.RoomPublishes);
        faults.Check("Limits.Requests", options.Limits.Requests);
        faults.Check("Limits.NewRooms", options.Limits.NewRooms);
        faults.Check("Limits.Sessions", (long?)options.Limits.Sessions, SettingRanges.UserSessions);
        faults.Check("Limits.Memberships", (long?)options.Limits.Memberships, SettingRanges.Memberships);
        faults.Check("Limits.HeldExchanges", (long?)options.Limits.HeldExchanges, SettingRanges.HeldExchanges);
        if (options.Session.Keys.Contains(null!))
        {
            faults.Add("Session.Keys", "a list with null in it", "it takes keys");
        }

        for (int i = 0; i < options.Policies.Count; i++)
        {
            Check(options.Policies[i], $"{nameof(options.Policies)}[{i}]", faults);
        }

        return faults.Result;
    }

    private static void Check(RoomPolicy? policy, string path, SettingFaults faults)
    {
        if (policy is not { Pattern: not null, Retention: { } retention, Presence: { } presence })
        {
            faults.Add(path, "null, or has no pattern, no retention or no presence", "it takes a policy");
            return;
        }

        path = $"{path} ({policy.Pattern})";
        string kept = $"{path}.{nameof(policy.Retention)}";
        faults.Check($"{kept}.{nameof(retention.Age)}", retention.Age, SettingRanges.RetentionAge);
        faults.Check($"{kept}.{nameof(retention.Bytes)}", retention.Bytes, SettingRanges.RetentionBytes);
        faults.Check($"{kept}.{nameof(retention.Entries)}", retention.Entries, SettingRanges.RetentionEntries);
        faults.Check($"{path}.{nameof(policy.EntryBytes)}", policy.EntryBytes, SettingRanges.EntryBytes);
        faults.Check($"{path}.{nameof(policy.KeyWindow)}", policy.KeyWindow, SettingRanges.KeyWindow);
        faults.Check($"{path}.{nameof(policy.RecordAge)}", policy.RecordAge, SettingRanges.RecordAge);
        string members = $"{path}.{nameof(policy.Presence)}";
        faults.Check($"{members}.{nameof(presence.Grace)}", presence.Grace, SettingRanges.PresenceGrace);
        faults.Check($"{members}.{nameof(presence.Members)}", presence.Members, SettingRanges.PresenceMembers);
        faults.Check($"{members}.{nameof(presence.SampleAbove)}", presence.SampleAbove, SettingRanges.PresenceSampleAbove);
        faults.Check($"{members}.{nameof(presence.StateBytes)}", presence.StateBytes, SettingRanges.PresenceStateBytes);
        if (policy.Delivery == Delivery.Latest && policy.EntryBytes > EntryLimit.LatestFrame && policy.EntryBytes <= SettingRanges.EntryBytes.Most)
        {
            faults.Add($"{path}.{nameof(policy.EntryBytes)}", policy.EntryBytes.ToString(CultureInfo.InvariantCulture), $"with Delivery.Latest it takes 1 to {EntryLimit.LatestFrame}");
        }

        if (!Enum.IsDefined(policy.Delivery))
        {
            faults.Add($"{path}.{nameof(policy.Delivery)}", policy.Delivery.ToString(), "it takes All or Latest");
        }
    }
}
