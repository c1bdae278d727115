using Godwit.Access;
using Godwit.Rooms;
using Godwit.Server.Configuration.Forms;

namespace Godwit.Server.Configuration;

/// <summary>Declares the settings of rooms, which stand at the top level for every room, and in policies for some.</summary>
internal static class RoomSettings
{
    public const string Retention = "retention";
    public const string Presence = "presence";
    public const string Delivery = "delivery";
    public const string EntryBytes = "entryBytes";
    public const string RecordAge = "recordAge";
    public const string Pattern = "pattern";

    public static readonly IReadOnlyDictionary<string, string> Sections = new Dictionary<string, string>
    {
        [Retention] = "How long a room keeps entries: until the first of the three bounds is passed. More may stay for up to 10 s. Readers whose entries are gone see a gap.",
        [Presence] = "Whether a room keeps a list of its members: the sessions that join it with 'present'.",
    };

    /// <summary>The settings of a policy.</summary>
    public static readonly SettingTable<RoomScope> Policy = new(
        Sections,
        [
            new ValueSetting<RoomScope, RoomPattern>(
                Pattern,
                new PatternForm(),
                "Which rooms the policy is for.",
                room => room.Policy.Pattern,
                (room, value) => room.Policy = room.Policy with { Pattern = value }) { Required = true },
            .. Of<RoomScope>(room => room),
        ]);

    /// <summary>The settings of rooms on any target that has them.</summary>
    public static IEnumerable<Setting<TTarget>> Of<TTarget>(Func<TTarget, RoomScope> scope) =>
    [
        new ValueSetting<TTarget, Rooms.Delivery>(
            Delivery,
            new ChoiceForm<Rooms.Delivery>(("all", Rooms.Delivery.All), ("latest", Rooms.Delivery.Latest)),
            "Which entries readers are sent that do not ask otherwise: all of them, or the latest, for rooms where only the newest entry matters. A reader that is behind skips to it then, and is not told of what it skipped; entries are refused whose frame has more than 1,100 octets.",
            target => scope(target).Policy.Delivery,
            (target, value) => scope(target).Policy = scope(target).Policy with { Delivery = value }),
        new ListSetting<TTarget, Rights>(
            "anonymous",
            new RightForm(),
            "What everyone may do, also without a credential.",
            target => Listed(scope(target).Policy.Anonymous),
            (target, value) => scope(target).Policy = scope(target).Policy with { Anonymous = Together(value) }) { Least = 0 },
        new ListSetting<TTarget, Rights>(
            "users",
            new RightForm(),
            "What everyone may do who shows a token, beside what that grants. Where the policy's pattern has {user}, only that user.",
            target => Listed(scope(target).Policy.Users),
            (target, value) => scope(target).Policy = scope(target).Policy with { Users = Together(value) }) { Least = 0 },
        new ValueSetting<TTarget, TimeSpan>(
            $"{Retention}.age",
            new DurationForm(SettingRanges.RetentionAge),
            "The age at which an entry goes.",
            target => scope(target).Policy.Retention.Age,
            (target, value) => Change(scope(target), retention => retention with { Age = value })),
        new ValueSetting<TTarget, long>(
            $"{Retention}.bytes",
            new SizeForm(SettingRanges.RetentionBytes),
            "The octets of data, event names and publishers that a room keeps at most; the newest entry stays even when it alone is larger.",
            target => scope(target).Policy.Retention.Bytes,
            (target, value) => Change(scope(target), retention => retention with { Bytes = value })),
        new ValueSetting<TTarget, long>(
            $"{Retention}.entries",
            new CountForm(SettingRanges.RetentionEntries),
            "The number of entries that a room keeps at most. Whoever polls less often than this many entries sees a gap.",
            target => scope(target).Policy.Retention.Entries,
            (target, value) => Change(scope(target), retention => retention with { Entries = value })),
        new ValueSetting<TTarget, long>(
            EntryBytes,
            new SizeForm(SettingRanges.EntryBytes),
            "The largest entry, in octets of stored JSON text or raw data; a larger one is refused with entry.too_large. Where delivery is latest no more than 1100B, and so much when it is not set: the whole frame of an entry then has to fit one packet.",
            target => (long)scope(target).EntryBytes,
            (target, value) => scope(target).EntryBytes = (int)value) { Follows = Delivery },
        new ValueSetting<TTarget, TimeSpan>(
            "keyWindow",
            new DurationForm(SettingRanges.KeyWindow),
            "How long an idempotency key is remembered; the same key later is a new publish.",
            target => scope(target).Policy.KeyWindow,
            (target, value) => scope(target).Policy = scope(target).Policy with { KeyWindow = value }),
        new ValueSetting<TTarget, bool>(
            $"{Presence}.enabled",
            new SwitchForm(),
            "Whether sessions can be members, and be told who the others are.",
            target => scope(target).Policy.Presence.Enabled,
            (target, value) => Change(scope(target), presence => presence with { Enabled = value })),
        new ValueSetting<TTarget, TimeSpan>(
            $"{Presence}.grace",
            new DurationForm(SettingRanges.PresenceGrace),
            "How long a session whose connection is gone stays a member, so that a page that is loaded again does not leave and come.",
            target => scope(target).Policy.Presence.Grace,
            (target, value) => Change(scope(target), presence => presence with { Grace = value })),
        new ValueSetting<TTarget, long>(
            $"{Presence}.members",
            new CountForm(SettingRanges.PresenceMembers),
            "The most members of a room; further sessions read it all the same, and are told presence.full.",
            target => (long)scope(target).Policy.Presence.Members,
            (target, value) => Change(scope(target), presence => presence with { Members = (int)value })),
        new ValueSetting<TTarget, long>(
            $"{Presence}.sampleAbove",
            new CountForm(SettingRanges.PresenceSampleAbove),
            "The number of members above which clients are told how many there are and some of them, and no longer who comes and goes.",
            target => (long)scope(target).Policy.Presence.SampleAbove,
            (target, value) => Change(scope(target), presence => presence with { SampleAbove = (int)value })),
        new ValueSetting<TTarget, long>(
            $"{Presence}.stateBytes",
            new SizeForm(SettingRanges.PresenceStateBytes),
            "The most octets that a member may say of itself, as JSON text; more is refused with state.too_large.",
            target => (long)scope(target).Policy.Presence.StateBytes,
            (target, value) => Change(scope(target), presence => presence with { StateBytes = (int)value })),
        new ValueSetting<TTarget, TimeSpan>(
            RecordAge,
            new DurationForm(SettingRanges.RecordAge),
            "How long what is known of a room outlives its last read or write; positions presented later get a reset. Never below the retention age, and as long as that when it is not set.",
            target => scope(target).RecordAge,
            (target, value) => scope(target).RecordAge = value) { Follows = $"{Retention}.age" },
    ];

    private static void Change(RoomScope room, Func<Retention, Retention> change) => room.Policy = room.Policy with { Retention = change(room.Policy.Retention) };

    private static void Change(RoomScope room, Func<PresencePolicy, PresencePolicy> change) => room.Policy = room.Policy with { Presence = change(room.Policy.Presence) };

    private static IReadOnlyList<Rights> Listed(Rights rights) => [.. RightNames.All.Where(right => (rights & right.Right) != 0).Select(right => right.Right)];

    private static Rights Together(IReadOnlyList<Placed<Rights>> rights) => rights.Aggregate(Rights.None, (all, right) => all | right.Value);
}
