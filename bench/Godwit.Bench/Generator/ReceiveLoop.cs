namespace Godwit.Bench.Generator;

/// <summary>One thread with one epoll that connects its share of the readers and receives for them.</summary>
internal sealed class ReceiveLoop : IDisposable
{
    /// <summary>More handshakes under way than this would overflow the backlog of a listener with defaults.</summary>
    private const int Connecting = 100;

    private readonly IReadOnlyList<Reader> _readers;
    private readonly int _port;
    private readonly ReaderSettings _settings;
    private readonly Progress _progress;
    private readonly CountdownEvent _ready;
    private readonly Thread _thread;
    private readonly int _poller = Linux.CreatePoller();
    private int _started;
    private int _settled;
    private volatile bool _stopping;

    public ReceiveLoop(IReadOnlyList<Reader> readers, int port, ReaderSettings settings, Progress progress, CountdownEvent ready)
    {
        _readers = readers;
        _port = port;
        _settings = settings;
        if (settings.Timeline is { } timeline)
        {
            Times = new Stopwatches(timeline);
            for (int i = 0; i < readers.Count; i += settings.TimedOneIn)
            {
                readers[i].Timed = Times;
            }
        }

        _progress = progress;
        _ready = ready;
        _thread = new Thread(Run) { IsBackground = true, Name = "readers" };
        _thread.Start();
    }

    /// <summary>The times of its timed readers; null when none are taken.</summary>
    public Stopwatches? Times { get; }

    /// <summary>How many readers are connected still, whether or not they read.</summary>
    public int CountConnected() => _readers.Count(static reader => Linux.IsEstablished(reader.Descriptor));

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
    }

    private void Run()
    {
        try
        {
            byte[] events = new byte[512 * Linux.EventSize];
            byte[] buffer = GC.AllocateUninitializedArray<byte>(4 << 20, pinned: true);
            ConnectMore();
            while (!_stopping)
            {
                int count = Linux.Wait(_poller, events, milliseconds: 50);
                long deliveries = 0;
                long reads = 0;
                for (int i = 0; i < count; i++)
                {
                    (uint what, int tag) = Linux.Event(events, i);
                    Reader reader = _readers[tag];
                    bool wasReady = reader.Ready;
                    if ((what & Linux.EpollOut) != 0)
                    {
                        Open(reader, tag);
                    }
                    else if (reader.Tls is { IsOpen: false } tls)
                    {
                        Shake(reader, tls);
                    }
                    else if (Receive(reader, buffer))
                    {
                        reads++;
                    }

                    deliveries += reader.Delivered;
                    reader.Delivered = 0;
                    if (reader.Fault is { } fault)
                    {
                        _progress.Fail($"reader {tag}: {fault}");
                    }

                    if (!wasReady && reader.Ready)
                    {
                        if (_settings.StopsReading)
                        {
                            Linux.Unwatch(_poller, reader.Descriptor);
                        }

                        _settled++;
                        _ready.Signal();
                        ConnectMore();
                    }
                }

                if (reads > 0)
                {
                    _progress.Add(deliveries, reads);
                }
            }
        }
        catch (Exception fault)
        {
            _progress.Fail(fault.Message);
        }
        finally
        {
            foreach (Reader reader in _readers)
            {
                reader.Tls?.Dispose();
                if (reader.Descriptor >= 0)
                {
                    Linux.Close(reader.Descriptor);
                }
            }

            Linux.Close(_poller);
        }
    }

    private void ConnectMore()
    {
        while (_started < _readers.Count && _started - _settled < Connecting)
        {
            Reader reader = _readers[_started];
            reader.Descriptor = Linux.Connect(_port, _settings.ReceiveBuffer);
            Linux.Watch(_poller, reader.Descriptor, Linux.EpollOut, _started);
            _started++;
        }
    }

    private void Open(Reader reader, int tag)
    {
        int error = Linux.ConnectError(reader.Descriptor);
        if (error != 0)
        {
            _progress.Fail($"reader {tag} could not connect: error {error}");
            return;
        }

        Linux.Rewatch(_poller, reader.Descriptor, Linux.EpollIn, tag);
        if (!_settings.Encrypts)
        {
            reader.Open();
            return;
        }

        reader.Tls = new TlsSession(reader.Descriptor);
        Shake(reader, reader.Tls);
    }

    private static void Shake(Reader reader, TlsSession tls)
    {
        tls.Shake();
        if (tls.IsOpen)
        {
            reader.Open();
        }
    }

    private bool Receive(Reader reader, Span<byte> buffer)
    {
        int kept = reader.Rest.Length;
        reader.Rest.CopyTo(buffer);
        int received = reader.Tls is null ? Linux.Receive(reader.Descriptor, buffer[kept..]) : reader.Tls.Receive(buffer[kept..]);
        if (received == -Linux.TryAgain)
        {
            return false;
        }

        if (received <= 0)
        {
            _progress.Fail(received == 0 ? "the server closed a reader's connection" : $"a reader's connection failed: error {-received}");
            Linux.Unwatch(_poller, reader.Descriptor);
            return false;
        }

        reader.Timed?.Start();
        Span<byte> arrived = buffer[..(kept + received)];
        int consumed = reader.Consume(arrived);
        if (kept > 0 || consumed < arrived.Length)
        {
            reader.Keep(arrived[consumed..]);
        }

        return true;
    }
}
