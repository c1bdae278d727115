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

    /// <summary>Why what would be stored is not.</summary>
    public static string EntryTooLarge(int length, int entryBytes) =>
        $"The room takes entries of up to {entryBytes} octets of stored JSON text or bytes; this one has {length}.";

    /// <summary>Why a key that was used for something else is refused.</summary>
    public static string KeyReused(RoomPolicy policy) =>
        $"In the last {policy.KeyWindow.TotalSeconds:0.###} seconds another event or other data was published to this room with this key. Nothing was added.";
}
