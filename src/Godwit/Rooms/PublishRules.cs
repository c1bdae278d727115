using Godwit.Access;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>What a publish is told that is refused, however it came.</summary>
internal static class PublishRules
{
    /// <summary>What is left unknown when the store did not confirm.</summary>
    public const string StoreAway = "The entry may have been stored or not. Try again with the same idempotency key.";

    /// <summary>Why a text is no event.</summary>
    /// <param name="wrong">What <see cref="EventName.Check"/> said.</param>
    public static string Event(ErrorCode wrong) =>
        wrong == ErrorCode.EventReserved ? "'godwit', 'error' and 'open' are reserved." : EventName.Rule + ".";

    /// <summary>Why a text is no key.</summary>
    /// <param name="wrong">What <see cref="IdempotencyKey.Check"/> said.</param>
    public static string Key(ErrorCode wrong) => wrong == ErrorCode.KeyWeak
        ? $"All anonymous publishers share their keys: use {IdempotencyKey.UnguessableLength} or more random characters."
        : IdempotencyKey.Rule + ".";

    /// <summary>Whether a key can be guessed, and its publisher shares keys with everyone who has no name.</summary>
    public static bool IsWeak(string? key, Caller caller) => key is not null && caller.IsAnonymous && IdempotencyKey.Check(key, anonymous: true) == ErrorCode.KeyWeak;

    /// <summary>The key as the store keeps it: with the publisher that it belongs to.</summary>
    public static PublishKey? Key(string? key, Caller caller) => key is null ? null : new PublishKey(caller.Publisher, key);

    /// <summary>Why what would be stored is not, being larger than its room takes; null where it is not.</summary>
    public static string? EntryTooLarge(RoomPolicy policy, RoomName room, in EntryContent content) =>
        new EntryLimit(policy, room, content.Event, content.From).Refuses(content.Data.Length, content.IsBytes);

    /// <summary>Why a key that was used for something else is refused.</summary>
    public static string KeyReused(RoomPolicy policy) =>
        $"In the last {policy.KeyWindow.TotalSeconds:0.###} seconds another event or other data was published to this room with this key. Nothing was added.";
}
