using System.Collections.Concurrent;

namespace Godwit.Server.Processes;

/// <summary>A thread of its own that does one thing after the other, for what the system binds to the thread that asked for it: a network, or the life of a process.</summary>
/// <remarks>Never a thread of the pool, which ends when the pool has too many, and takes with it what is bound to it.</remarks>
internal sealed class DedicatedThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <param name="name">What it is called.</param>
    /// <param name="begin">What it does first; what that throws, this constructor does.</param>
    public DedicatedThread(string name, Action? begin = null)
    {
        var begun = new TaskCompletionSource();
        _thread = new Thread(() => Live(begin, begun)) { IsBackground = true, Name = name };
        _thread.Start();
        begun.Task.GetAwaiter().GetResult();
    }

    /// <summary>Does something on it and waits for that. What it awaits would go on elsewhere.</summary>
    /// <exception cref="ObjectDisposedException">It has ended.</exception>
    public T Run<T>(Func<T> work)
    {
        if (Thread.CurrentThread == _thread)
        {
            return work();
        }

        var done = new TaskCompletionSource<T>();
        Action action = () =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception fault)
            {
                done.SetException(fault);
            }
        };
        try
        {
            _work.Add(action);
        }
        catch (InvalidOperationException)
        {
            throw new ObjectDisposedException(_thread.Name);
        }

        return done.Task.GetAwaiter().GetResult();
    }

    /// <summary>Ends the thread, and with it what is bound to it.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Live(Action? begin, TaskCompletionSource begun)
    {
        try
        {
            begin?.Invoke();
            begun.SetResult();
        }
        catch (Exception fault)
        {
            begun.SetException(fault);
            return;
        }

        foreach (Action action in _work.GetConsumingEnumerable())
        {
            action();
        }
    }
}
