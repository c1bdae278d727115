using Godwit.Access;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>What administrators may ask for: whoever shows an API key that has <c>admin</c>, and, while access is not configured and not open to everyone, local requests.</summary>
internal sealed class AdminEndpoints(RoomListEndpoint rooms, ConnectionListEndpoint connections, OrderEndpoint orders, RoomEndEndpoint ends)
{
    /// <summary>Lists rooms.</summary>
    public RoomListEndpoint RoomList => rooms;

    /// <summary>Lists connections.</summary>
    public ConnectionListEndpoint ConnectionList => connections;

    /// <summary>Gives orders.</summary>
    public OrderEndpoint Orders => orders;

    /// <summary>Trims and ends rooms.</summary>
    public RoomEndEndpoint Ends => ends;

    /// <summary>Whether a caller is none.</summary>
    public bool Refuses(Caller caller, out Problem problem)
    {
        problem = default;
        if (caller.IsAdmin)
        {
            return false;
        }

        problem = caller.IsAnonymous
            ? Problem.From(AccessGate.Missing)
            : new Problem(ErrorCode.AccessDenied, "Only an API key that has 'admin' administrates.");
        return true;
    }
}
