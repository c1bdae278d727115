using Godwit.Access;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Administration;

/// <summary>What an order does to the connections and held answers of a shard. On its worker alone.</summary>
internal sealed class OrderWork(Order order, Revocations revocations) : IShardSweep
{
    /// <inheritdoc/>
    public void Visit(Connection connection)
    {
        switch (order.Kind)
        {
            case OrderKind.Revoke when revocations.Covers(connection.Caller):
                connection.End(ErrorCode.TokenRevoked);
                break;
            case OrderKind.Revoke when revocations.Covers(connection.SessionId):
                connection.End(ErrorCode.SessionRevoked);
                break;
            case OrderKind.Disconnect when Means(connection.Caller, connection.SessionId):
                connection.End(ErrorCode.Disconnected);
                break;
            case OrderKind.Leave when Means(connection.Caller, connection.SessionId) && order.Room is { } room:
                connection.ExpelFrom(room, ErrorCode.Removed);
                break;
        }
    }

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
