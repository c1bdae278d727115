using Godwit.Access;

namespace Godwit.Feeds.Pump;

/// <summary>A work that holds an answer back until there is something to say or its deadline in the wheel has come: a poll.</summary>
internal interface IHeldAnswer
{
    /// <summary>Who asks.</summary>
    Caller Caller { get; }

    /// <summary>The session that it belongs to; 0 for none.</summary>
    UInt128 SessionId { get; }

    /// <summary>Answers with what there is; nothing happens if that was done already. Shard only.</summary>
    void AnswerNow();
}
