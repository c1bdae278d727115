namespace Godwit.Feeds;

/// <summary>What the large answers of a server may hold together until their clients have taken them.</summary>
/// <remarks>
/// A client that asks for much and takes none of it keeps the answer here. So an answer above <see cref="Free"/> takes its
/// octets before it is composed, and where the budget does not have them it is a shorter one: what is missing is in the log,
/// and the answer says that there is more. Nobody waits for the budget, so nobody is held up by those who use it up.
/// </remarks>
internal sealed class AnswerBudget(long limit)
{
    /// <summary>The octets of an answer that takes nothing from the budget: as much as any reader may have on its way.</summary>
    public const int Free = 16 << 10;

    private long _held;

    /// <summary>The octets of all answers that are on their way.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>Takes octets for an answer, or as many as there are.</summary>
    /// <returns>What was taken, to be disposed when the answer is out; null where it would not be more than <see cref="Free"/>.</returns>
    public AnswerHold? Take(int octets)
    {
        long held = Held;
        while (true)
        {
            int taken = (int)Math.Min(octets, limit - held);
            if (taken <= Free)
            {
                return null;
            }

            long seen = Interlocked.CompareExchange(ref _held, held + taken, held);
            if (seen == held)
            {
                return new AnswerHold(this, taken);
            }

            held = seen;
        }
    }

    /// <summary>Gives octets back.</summary>
    public void Return(int octets) => Interlocked.Add(ref _held, -octets);
}
