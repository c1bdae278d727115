namespace Godwit.Feeds.Pump;

/// <summary>The connections of a shard, so that all can be told when the server stops. Worker only.</summary>
internal sealed class ConnectionChain
{
    private Connection? _first;

    /// <summary>The number of connections.</summary>
    public int Count { get; private set; }

    /// <summary>Adds a connection.</summary>
    public void Add(Connection connection)
    {
        connection.ChainNext = _first;
        if (_first is not null)
        {
            _first.ChainPrevious = connection;
        }

        _first = connection;
        Count++;
    }

    /// <summary>Removes a connection.</summary>
    public void Remove(Connection connection)
    {
        if (connection.ChainPrevious is { } previous)
        {
            previous.ChainNext = connection.ChainNext;
        }
        else
        {
            _first = connection.ChainNext;
        }

        if (connection.ChainNext is { } next)
        {
            next.ChainPrevious = connection.ChainPrevious;
        }

        connection.ChainNext = connection.ChainPrevious = null;
        Count--;
    }

    /// <summary>Calls an action for each; it may remove the connection it is called for.</summary>
    public void ForEach(Action<Connection> action)
    {
        for (Connection? connection = _first; connection is not null;)
        {
            Connection? next = connection.ChainNext;
            action(connection);
            connection = next;
        }
    }
}
