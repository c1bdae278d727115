namespace Godwit.Feeds;

/// <summary>The octets that an answer took from the budget, until it is disposed; once is enough, from any thread.</summary>
internal sealed class AnswerHold(AnswerBudget budget, int octets) : IDisposable
{
    private int _octets = octets;

    /// <summary>How many they are.</summary>
    public int Octets => Volatile.Read(ref _octets);

    /// <summary>Gives back what an answer turned out not to need. Before it is handed to anybody else.</summary>
    public void Shrink(int octets)
    {
        int surplus = _octets - octets;
        if (surplus > 0)
        {
            _octets = octets;
            budget.Return(surplus);
        }
    }

    /// <summary>Takes over what another one has. Before either is handed to anybody else.</summary>
    public void Absorb(AnswerHold other) => _octets += Interlocked.Exchange(ref other._octets, 0);

    /// <inheritdoc/>
    public void Dispose() => budget.Return(Interlocked.Exchange(ref _octets, 0));
}
