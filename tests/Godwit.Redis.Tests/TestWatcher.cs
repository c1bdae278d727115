using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Redis.Tests;

/// <summary>Keeps what it was told, in that order, and waits for what is to come.</summary>
internal sealed class TestWatcher : IRoomWatcher
{
    private readonly Lock _lock = new();
    private readonly List<string> _told = [];
    private readonly List<Entry> _entries = [];
    private readonly List<(Func<bool> Holds, TaskCompletionSource Done)> _waiting = [];

    /// <summary>Each entry by its text, and what else was told: <c>uncertain</c>, <c>trimmed</c>, <c>degraded</c>, <c>restored</c>.</summary>
    public string[] Told
    {
        get
        {
            lock (_lock)
            {
                return [.. _told];
            }
        }
    }

    /// <summary>The offsets of the entries.</summary>
    public long[] Offsets
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Select(static entry => entry.Offset)];
            }
        }
    }

    /// <summary>Completes once something was told so many times.</summary>
    public Task WasToldAsync(string what, CancellationToken cancel, int times = 1) => UntilAsync(() => _told.Count(told => told == what) >= times, cancel);

    /// <summary>Completes once so many entries were told.</summary>
    public Task HasEntriesAsync(int count, CancellationToken cancel) => UntilAsync(() => _entries.Count >= count, cancel);

    public void OnEntry(Epoch epoch, uint previousMark, Entry entry)
    {
        lock (_lock)
        {
            _entries.Add(entry);
            Tell(Encoding.UTF8.GetString(entry.Content.Data));
        }
    }

    public void OnTrimmed() => Tell("trimmed");

    public void OnUncertain() => Tell("uncertain");

    public void OnDegraded() => Tell("degraded");

    public void OnRestored() => Tell("restored");

    private async Task UntilAsync(Func<bool> holds, CancellationToken cancel)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (holds())
            {
                return;
            }

            _waiting.Add((holds, done));
        }

        try
        {
            await done.Task.WaitAsync(RedisTest.Patience, cancel);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"It did not come. Told was: {string.Join(", ", Told.TakeLast(20))}");
        }
    }

    private void Tell(string what)
    {
        lock (_lock)
        {
            _told.Add(what);
            _waiting.RemoveAll(static each =>
            {
                if (each.Holds())
                {
                    each.Done.TrySetResult();
                    return true;
                }

                return false;
            });
        }
    }
}
