using System.Collections.Concurrent;

namespace Godwit.Server.Links;

/// <summary>A thread in a network of its own, which the system takes down when nothing is left in it: the thread, sockets that it made, processes that it started.</summary>
/// <remarks>The network has no name that could stay behind. A socket belongs for ever to the network of the thread that made it, whoever uses it later.</remarks>
internal sealed class NamespaceThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    /// <exception cref="LinkException">The system allows no network of one's own.</exception>
    public NamespaceThread(string name)
    {
        var begun = new TaskCompletionSource<string>();
        // Never a thread of the pool: it could not go back.
        _thread = new Thread(() => Live(begun)) { IsBackground = true, Name = name };
        _thread.Start();
        Folder = begun.Task.GetAwaiter().GetResult();
    }

    /// <summary>What the system tells about the thread: the network is <c>ns/net</c> in it, and its statistics are in <c>net</c>.</summary>
    public string Folder { get; }

    /// <summary>Does something in the network and waits for it. What it awaits would go on elsewhere.</summary>
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

    /// <summary>Ends the thread, and with it the processes that are bound to it.</summary>
    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Live(TaskCompletionSource<string> begun)
    {
        try
        {
            if (LinuxCalls.Unshare(LinuxCalls.NewNetwork) < 0)
            {
                throw new LinkException($"network namespaces are not allowed here (unshare: {LinuxCalls.LastFault}); in a container, start it with --cap-add SYS_ADMIN --cap-add NET_ADMIN");
            }

            begun.SetResult("/proc/" + new FileInfo("/proc/thread-self").LinkTarget);
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
