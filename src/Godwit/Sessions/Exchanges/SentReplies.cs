using Godwit.Feeds;
using Godwit.Feeds.Framings;

namespace Godwit.Sessions.Exchanges;

/// <summary>The replies of an exchange while they are gathered, and what they took from the budget of large answers.</summary>
internal sealed class SentReplies(int capacity, AnswerBudget? budget)
{
    private readonly List<byte[]> _texts = new(capacity);
    private int _length;
    private int _free;

    /// <summary>Those of an exchange that sent nothing.</summary>
    public static SentReplies None { get; } = new(0, null);

    /// <summary>The texts, in order.</summary>
    public IReadOnlyList<byte[]> Texts => _texts;

    /// <summary>What they took, if anything. Whoever composes the answer takes it over.</summary>
    public AnswerHold? Hold { get; private set; }

    /// <summary>Whether no further read is to be carried out: the answer has its size, or the budget is used up.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Adds the next reply.</summary>
    public void Add(CallAnswer reply)
    {
        _texts.Add(reply.Text);
        _length += reply.Text.Length;
        if (reply.Hold is { } hold)
        {
            Take(hold);
        }
        else if ((_free += reply.Text.Length) > AnswerBudget.Free)
        {
            // Each of them is small, but there are many.
            int free = _free;
            _free = 0;
            AnswerHold? taken = budget!.Take(free);
            IsFull |= taken is null || taken.Octets < free;
            if (taken is not null)
            {
                Take(taken);
            }
        }

        IsFull |= _length >= PollText.MaxLength;
    }

    private void Take(AnswerHold hold)
    {
        if (Hold is null)
        {
            Hold = hold;
        }
        else
        {
            Hold.Absorb(hold);
        }
    }
}
