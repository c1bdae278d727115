using Godwit.Brokers;

namespace Godwit.Sqlite.Writing;

/// <summary>Something to be carried out in a transaction of the writer. Others may be carried out in the same one; it is answered when that is stored.</summary>
internal abstract class Write
{
    /// <summary>The octets that it keeps alive while it waits.</summary>
    public virtual int Size => 0;

    /// <summary>Carries it out. It may be called again where the transaction was undone for another's sake.</summary>
    /// <exception cref="BrokerUnavailableException">It alone cannot be carried out; nothing was changed.</exception>
    public abstract void Apply(WriterTables tables, long now);

    /// <summary>It is stored: tells who has to know, and answers.</summary>
    public abstract void Complete();

    /// <summary>It is not stored, or not known to be.</summary>
    public abstract void Fail(Exception fault);
}

/// <summary>A write with an answer.</summary>
/// <param name="apply">Carries it out.</param>
/// <param name="stored">Is called once that is stored, before it is answered.</param>
internal sealed class Write<T>(Func<WriterTables, long, T> apply, Action<T>? stored = null) : Write
{
    private readonly TaskCompletionSource<T> _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T _answer = default!;

    /// <summary>Completes with the answer.</summary>
    public Task<T> Answered => _answered.Task;

    /// <inheritdoc/>
    public override void Apply(WriterTables tables, long now) => _answer = apply(tables, now);

    /// <inheritdoc/>
    public override void Complete()
    {
        stored?.Invoke(_answer);
        _answered.TrySetResult(_answer);
    }

    /// <inheritdoc/>
    public override void Fail(Exception fault) => _answered.TrySetException(fault);
}
