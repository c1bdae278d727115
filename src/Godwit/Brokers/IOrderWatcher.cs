namespace Godwit.Brokers;

/// <summary>Is told of orders. The broker never makes two calls at once.</summary>
public interface IOrderWatcher
{
    /// <summary>An order was given. It may be told more than once: after an interruption all that are kept are told again.</summary>
    /// <remarks>A call may be made under a lock of the broker: return soon, throw nothing, and call no broker from inside.</remarks>
    /// <param name="number">Rises with every order, so that one that was carried out is known again.</param>
    /// <param name="content">What the order was added with.</param>
    void OnOrder(long number, ReadOnlyMemory<byte> content);
}
