namespace Godwit.Tests.Feeds;

/// <summary>Takes the shards' turns and runs them when a test says so, on the test's thread.</summary>
internal sealed class ManualQueue
{
    private readonly List<IThreadPoolWorkItem> _items = [];

    /// <summary>The turns that wait.</summary>
    public int Count => _items.Count;

    /// <summary>The turns that ran.</summary>
    public int Turns { get; private set; }

    public void Add(IThreadPoolWorkItem item)
    {
        lock (_items)
        {
            _items.Add(item);
        }
    }

    /// <summary>Runs one of the waiting turns.</summary>
    public void RunOne(int which)
    {
        IThreadPoolWorkItem item;
        lock (_items)
        {
            if (_items.Count == 0)
            {
                return;
            }

            item = _items[which % _items.Count];
            _items.RemoveAt(which % _items.Count);
        }

        Turns++;
        item.Execute();
    }

    /// <summary>Runs until no turn waits; one that never ends is a fault.</summary>
    public void RunAll(int limit = 100_000)
    {
        for (int turns = 0; Count > 0; turns++)
        {
            Assert.True(turns < limit, "The shards do not come to rest.");
            RunOne(0);
        }
    }
}
