namespace Godwit;

/// <summary>The ranges of the engine's settings: what the options' comments say, an application's options are checked by and the server's configuration takes.</summary>
internal static class SettingRanges
{
    public static readonly SettingRange<long> LogMemory = new(1L << 20, long.MaxValue);
    public static readonly SettingRange<TimeSpan> FeedLinger = new(TimeSpan.Zero, TimeSpan.FromHours(1));
    public static readonly SettingRange<TimeSpan> MaxWait = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(120));
    public static readonly SettingRange<TimeSpan> Heartbeat = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));
    public static readonly SettingRange<TimeSpan> StallLimit = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10));
    public static readonly SettingRange<TimeSpan> CredentialGrace = new(TimeSpan.Zero, TimeSpan.FromMinutes(10));
    public static readonly SettingRange<TimeSpan> RevocationLife = new(TimeSpan.FromHours(1), TimeSpan.FromDays(3660));
    public static readonly SettingRange<TimeSpan> RequestTimeout = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2));
    public static readonly SettingRange<TimeSpan> DrainDelay = new(TimeSpan.Zero, TimeSpan.FromMinutes(5));
    public static readonly SettingRange<TimeSpan> DrainWindow = new(TimeSpan.Zero, TimeSpan.FromMinutes(10));
    public static readonly SettingRange<long> Shards = new(1, 64);

    public static readonly SettingRange<long> SessionKeys = new(0, 2);
    public static readonly SettingRange<TimeSpan> SessionLife = new(TimeSpan.FromMinutes(1), TimeSpan.FromDays(365));
    public static readonly SettingRange<TimeSpan> HelloTimeout = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
    public static readonly SettingRange<long> SessionRooms = new(1, 10_000);

    public static readonly SettingRange<long> UserSessions = new(1, 1_000_000);
    public static readonly SettingRange<long> Memberships = new(1, 1_000_000);
    public static readonly SettingRange<long> HeldExchanges = new(1, 1_000);

    public static readonly SettingRange<TimeSpan> RetentionAge = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365));
    public static readonly SettingRange<long> RetentionBytes = new(1L << 10, 1L << 40);
    public static readonly SettingRange<long> RetentionEntries = new(1, 1_000_000_000);
    public static readonly SettingRange<long> EntryBytes = new(1, 1L << 20);
    public static readonly SettingRange<TimeSpan> KeyWindow = new(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
    public static readonly SettingRange<TimeSpan> PresenceGrace = new(TimeSpan.Zero, TimeSpan.FromMinutes(1));
    public static readonly SettingRange<long> PresenceMembers = new(1, 100_000);
    public static readonly SettingRange<long> PresenceSampleAbove = new(0, 1_000);
    public static readonly SettingRange<long> PresenceStateBytes = new(1, 64L << 10);
    public static readonly SettingRange<TimeSpan> RecordAge = new(TimeSpan.FromSeconds(1), TimeSpan.FromDays(3650));
}
