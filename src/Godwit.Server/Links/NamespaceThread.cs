using Godwit.Server.Processes;

namespace Godwit.Server.Links;

/// <summary>A thread in a network of its own, which the system takes down when nothing is left in it: the thread, sockets that it made, processes that it started.</summary>
/// <remarks>The network has no name that could stay behind. A socket belongs for ever to the network of the thread that made it, whoever uses it later.</remarks>
internal sealed class NamespaceThread : IDisposable
{
    private readonly DedicatedThread _thread;

    /// <exception cref="LinkException">The system allows no network of one's own.</exception>
    public NamespaceThread(string name)
    {
        string folder = "";
        _thread = new DedicatedThread(name, () =>
        {
            if (LinuxCalls.Unshare(LinuxCalls.NewNetwork) < 0)
            {
                throw new LinkException($"network namespaces are not allowed here (unshare: {LinuxCalls.LastFault}); in a container, start it with --cap-add SYS_ADMIN --cap-add NET_ADMIN");
            }

            folder = "/proc/" + new FileInfo("/proc/thread-self").LinkTarget;
        });
        Folder = folder;
    }

    /// <summary>What the system tells about the thread: the network is <c>ns/net</c> in it, and its statistics are in <c>net</c>.</summary>
    public string Folder { get; }

    /// <summary>Does something in the network and waits for it. What it awaits would go on elsewhere.</summary>
    public T Run<T>(Func<T> work) => _thread.Run(work);

    /// <summary>Ends the thread, and with it the processes that are bound to it.</summary>
    public void Dispose() => _thread.Dispose();
}
