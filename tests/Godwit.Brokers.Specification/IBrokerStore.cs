namespace Godwit.Brokers.Specification;

/// <summary>One store under test, empty at first, and the servers that share it.</summary>
public interface IBrokerStore : IAsyncDisposable
{
    /// <summary>One more server over the store. A broker that one process owns can be connected once.</summary>
    ValueTask<IBroker> ConnectAsync();

    /// <summary>Lets time pass, for the servers and for the store, and returns when everything that fell due has happened.</summary>
    ValueTask AdvanceAsync(TimeSpan span);
}
