using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>What a publish is told that is refused, however it came.</summary>
internal static class PublishRules
{
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
}
