using Godwit.Access;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Administration;

/// <summary>What an order does to the connections and held answers of a shard, on its worker, and to publish streams.</summary>
internal sealed class OrderWork(Order order, Revocations revocations) : IShardSweep
{
    /// <inheritdoc/>
    public void Visit(Connection connection)
    {
        if (EndOf(connection.Caller, connection.SessionId) is { } code)
        {
            connection.End(code);
        }
        else if (order.Kind == OrderKind.Leave && Means(connection.Caller, connection.SessionId) && order.Room is { } room)
        {
            connection.ExpelFrom(room, ErrorCode.Removed);
        }
    }

    /// <summary>Why what a caller has open ends; null where it goes on. Any thread.</summary>
    public ErrorCode? EndOf(Caller caller, UInt128 session) => order.Kind switch
    {
        OrderKind.Revoke when revocations.Covers(caller) => ErrorCode.TokenRevoked,
        OrderKind.Revoke when revocations.Covers(session) => ErrorCode.SessionRevoked,
        OrderKind.Disconnect when Means(caller, session) => ErrorCode.Disconnected,
        _ => null,
    };

    /// <summary>Whether a data channel is disconnected by its own name, whatever its client's credential.</summary>
    public bool Names(UInt128 peer) => order is { Kind: OrderKind.Disconnect, Session: { } named } && named == peer;

    /// <inheritdoc/>
    public bool Concerns(IHeldAnswer answer) => order.Kind switch
    {
        OrderKind.Revoke => revocations.Covers(answer.Caller) || revocations.Covers(answer.SessionId),
        OrderKind.Disconnect => Means(answer.Caller, answer.SessionId),
        _ => false,
    };

    /// <inheritdoc/>
    public void OnDone()
    {
    }

    private bool Means(Caller caller, UInt128 session) =>
        order.User is { } user ? caller.User == user : order.Session is { } named && session == named;
}
