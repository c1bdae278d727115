namespace Godwit.Feeds.Pump;

/// <summary>A work that holds an answer back until there is something to say or its deadline in the wheel has come: a poll.</summary>
internal interface IHeldAnswer
{
    /// <summary>Answers with what there is; nothing happens if that was done already. Shard only.</summary>
    void AnswerNow();
}
