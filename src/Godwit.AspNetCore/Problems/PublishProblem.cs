using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.AspNetCore.Problems;

/// <summary>The refusals that a publish gets in every form.</summary>
internal static class PublishProblem
{
    /// <summary>The event is none.</summary>
    /// <param name="wrong">What <see cref="EventName.Check"/> said.</param>
    public static Problem Event(ErrorCode wrong) => new(wrong, PublishRules.Event(wrong));

    /// <summary>The idempotency key is none.</summary>
    /// <param name="wrong">What <see cref="IdempotencyKey.Check"/> said.</param>
    public static Problem Key(ErrorCode wrong) => new(wrong, PublishRules.Key(wrong));

    /// <summary>The key was used for something else.</summary>
    public static Problem KeyReused(RoomPolicy policy) => new(ErrorCode.KeyReused, PublishRules.KeyReused(policy));

    /// <summary>What would be stored is larger than the room takes.</summary>
    /// <param name="detail">What <see cref="PublishRules.EntryTooLarge"/> said.</param>
    public static Problem EntryTooLarge(string detail) => new(ErrorCode.EntryTooLarge, detail);

    /// <summary>The store did not confirm.</summary>
    public static Problem StoreAway(BrokerUnavailableException away) =>
        new(ErrorCode.StoreAway, PublishRules.StoreAway) { RetryAfter = away.RetryAfter };
}
