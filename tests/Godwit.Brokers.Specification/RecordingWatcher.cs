using Godwit.Protocol;

namespace Godwit.Brokers.Specification;

/// <summary>Keeps what it was told.</summary>
public sealed class RecordingWatcher : IRoomWatcher
{
    private readonly Lock _lock = new();
    private readonly List<(Epoch Epoch, uint PreviousMark, Entry Entry)> _told = [];
    private readonly List<(long Offset, TaskCompletionSource Reached)> _waiting = [];
    private int _inside;

    /// <summary>What it was told, in that order.</summary>
    public IReadOnlyList<(Epoch Epoch, uint PreviousMark, Entry Entry)> Told
    {
        get
        {
            lock (_lock)
            {
                return [.. _told];
            }
        }
    }

    /// <summary>Whether two calls were ever made at once.</summary>
    public bool Overlapped { get; private set; }

    /// <summary>How often it was told to read anew.</summary>
    public int Uncertain { get; private set; }

    /// <summary>Completes once an entry of this offset or a later one was told.</summary>
    public Task ReachedAsync(long offset, CancellationToken cancel)
    {
        lock (_lock)
        {
            if (_told.Exists(told => told.Entry.Offset >= offset))
            {
                return Task.CompletedTask;
            }

            var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Add((offset, reached));
            return reached.Task.WaitAsync(cancel);
        }
    }

    /// <inheritdoc/>
    public void OnEntry(Epoch epoch, uint previousMark, Entry entry)
    {
        Overlapped |= Interlocked.Increment(ref _inside) != 1;
        lock (_lock)
        {
            _told.Add((epoch, previousMark, entry));
            foreach ((long offset, TaskCompletionSource reached) in _waiting)
            {
                if (entry.Offset >= offset)
                {
                    reached.TrySetResult();
                }
            }
        }

        Interlocked.Decrement(ref _inside);
    }

    /// <summary>Completes when it was told that entries were dropped.</summary>
    public TaskCompletionSource Trimmed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when it was told to read anew.</summary>
    public TaskCompletionSource Doubted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public void OnTrimmed() => Trimmed.TrySetResult();

    /// <inheritdoc/>
    public void OnUncertain()
    {
        Uncertain++;
        Doubted.TrySetResult();
    }

    /// <inheritdoc/>
    public void OnDegraded()
    {
    }

    /// <inheritdoc/>
    public void OnRestored()
    {
    }
}
