namespace Godwit.Feeds;

/// <summary>Bounds the reads that this server has open at the broker. Readers that resume go ahead of those that join anew.</summary>
internal sealed class ReadGate(int limit)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _resumes = new();
    private readonly Queue<TaskCompletionSource> _joins = new();
    private readonly int _limit = limit;
    private int _free = limit;

    /// <summary>How many reads are under way.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
            {
                return _limit - _free;
            }
        }
    }

    /// <summary>Waits for a place; give it back with <see cref="Leave"/>.</summary>
    public ValueTask EnterAsync(bool resumes)
    {
        lock (_lock)
        {
            if (_free > 0)
            {
                _free--;
                return ValueTask.CompletedTask;
            }

            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            (resumes ? _resumes : _joins).Enqueue(turn);
            return new ValueTask(turn.Task);
        }
    }

    /// <summary>Gives the place back, to the next in turn if someone waits.</summary>
    public void Leave()
    {
        TaskCompletionSource? next;
        lock (_lock)
        {
            if (!_resumes.TryDequeue(out next) && !_joins.TryDequeue(out next))
            {
                _free++;
            }
        }

        next?.SetResult();
    }
}
