namespace Godwit.WebRtc.Dtls;

/// <summary>The threads on which handshakes are made, and the bounded queue before them. A thread that has nothing to do for a while ends.</summary>
/// <remarks>BouncyCastle blocks while it waits for the client, so a thread does one handshake at a time; those of one address have at most a quarter of the threads, and few of the places to wait.</remarks>
internal sealed class HandshakeThreads : IDisposable
{
    /// <summary>The threads at most: mostly they wait for clients.</summary>
    public const int MostThreads = 16;

    /// <summary>The handshakes that wait at most; above that a ClientHello is lost, and the client sends it again a second later.</summary>
    public const int MostWaiting = 256;

    /// <summary>The handshakes of one address that wait at most, so that it does not keep the others out.</summary>
    public const int MostWaitingOfOne = 16;

    private const int MostOfOne = MostThreads / 4;
    private const int StackBytes = 512 << 10;

    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);

    private readonly object _gate = new();
    private readonly LinkedList<IHandshake> _waiting = [];
    private readonly Dictionary<object, int> _running = [];
    private readonly int _most;
    private readonly int _mostWaiting;
    private readonly Action<ThreadStart> _start;
    private int _threads;
    private int _idle;
    private bool _isDisposed;

    /// <summary>Makes it; a thread is begun when there is something for it to do.</summary>
    /// <param name="most">The threads at most.</param>
    /// <param name="mostWaiting">The handshakes that wait at most.</param>
    /// <param name="start">Begins a thread; null for one of the system. It may throw.</param>
    public HandshakeThreads(int most = MostThreads, int mostWaiting = MostWaiting, Action<ThreadStart>? start = null)
    {
        _most = most;
        _mostWaiting = mostWaiting;
        _start = start ?? (static work => new Thread(work, StackBytes) { IsBackground = true, Name = "godwit dtls" }.Start());
    }

    /// <summary>The threads that there are.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _threads;
            }
        }
    }

    /// <summary>The handshakes that wait.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Has a handshake made; false when too many wait, of all or of its share.</summary>
    public bool TryAdd(IHandshake handshake)
    {
        lock (_gate)
        {
            if (_isDisposed || _waiting.Count >= _mostWaiting || (handshake.Share is { } share && WaitingOf(share) >= MostWaitingOfOne))
            {
                return false;
            }

            LinkedListNode<IHandshake> added = _waiting.AddLast(handshake);
            Monitor.Pulse(_gate);
            if (_waiting.Count > _idle && _threads < _most && !TryStart() && _threads == 0)
            {
                _waiting.Remove(added);
                return false;
            }

            return true;
        }
    }

    /// <summary>One that waits is not to be made any more; nothing happens to one that runs.</summary>
    public void Remove(IHandshake handshake)
    {
        lock (_gate)
        {
            _waiting.Remove(handshake);
        }
    }

    /// <summary>Takes no more; handshakes that run end by themselves, since their transports are closed.</summary>
    public void Dispose()
    {
        IHandshake[] left;
        lock (_gate)
        {
            _isDisposed = true;
            left = [.. _waiting];
            _waiting.Clear();
            Monitor.PulseAll(_gate);
        }

        foreach (IHandshake handshake in left)
        {
            handshake.Drop();
        }
    }

    private int WaitingOf(object share)
    {
        int count = 0;
        foreach (IHandshake one in _waiting)
        {
            count += share.Equals(one.Share) ? 1 : 0;
        }

        return count;
    }

    /// <summary>Begins one more thread; false where the system has none to give. Then those that there are go on.</summary>
    private bool TryStart()
    {
        _threads++;
        try
        {
            _start(Work);
            return true;
        }
        catch (Exception failure) when (failure is OutOfMemoryException or ThreadStartException)
        {
            _threads--;
            return false;
        }
    }

    private void Work()
    {
        IHandshake? done = null;
        while (Next(done) is { } handshake)
        {
            handshake.Run();
            done = handshake;
        }
    }

    private IHandshake? Next(IHandshake? done)
    {
        lock (_gate)
        {
            if (done?.Share is { } share)
            {
                if (--_running[share] == 0)
                {
                    _running.Remove(share);
                }

                // Another thread may have passed over one of the same share.
                Monitor.Pulse(_gate);
            }

            while (!_isDisposed)
            {
                if (TakeFirst() is { } first)
                {
                    return first;
                }

                _idle++;
                bool isWoken = Monitor.Wait(_gate, Idle);
                _idle--;
                if (!isWoken && TakeFirst() is { } last)
                {
                    return last;
                }

                if (!isWoken)
                {
                    break;
                }
            }

            _threads--;
            return null;
        }
    }

    private IHandshake? TakeFirst()
    {
        for (LinkedListNode<IHandshake>? node = _waiting.First; node is not null; node = node.Next)
        {
            IHandshake handshake = node.Value;
            if (handshake.Share is { } share)
            {
                int running = _running.GetValueOrDefault(share);
                if (running >= Math.Max(1, Math.Min(MostOfOne, _most / 4)))
                {
                    continue;
                }

                _running[share] = running + 1;
            }

            _waiting.Remove(node);
            return handshake;
        }

        return null;
    }
}
