using Godwit.Brokers;

namespace Godwit.Redis.Tests;

/// <summary>Keeps which orders it was told.</summary>
internal sealed class OrderRecorder : IOrderWatcher
{
    private readonly Lock _lock = new();
    private readonly List<(long Number, int Content)> _told = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public (long Number, int Content)[] Told
    {
        get
        {
            lock (_lock)
            {
                return [.. _told];
            }
        }
    }

    public int[] Contents => [.. Told.Select(static told => told.Content)];

    public void OnOrder(long number, ReadOnlyMemory<byte> content)
    {
        lock (_lock)
        {
            _told.Add((number, BitConverter.ToInt32(content.Span)));
            _changed.TrySetResult();
        }
    }

    /// <summary>Completes when as many have been told.</summary>
    public async Task ReachesAsync(int count)
    {
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (_told.Count >= count)
                {
                    return;
                }

                if (_changed.Task.IsCompleted)
                {
                    _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(RedisTest.Patience, TestContext.Current.CancellationToken);
        }
    }
}
