using System.Runtime.InteropServices;

namespace Godwit.Server.Links;

/// <summary>Carries the packets of one direction, on a thread of its own.</summary>
/// <remarks>Everything happens under one lock, but waiting: counters are of one moment, and once <see cref="IsCut"/> is set nothing comes out.</remarks>
internal sealed unsafe class PacketForwarder : IDisposable
{
    // So many packets are taken before those that are due get their turn.
    private const int Batch = 32;
    private const int HighestPriority = -20;
    private const long LateAfter = 1_000_000;

    private readonly LinkDirection _direction;
    private readonly int _from;
    private readonly int _to;
    private readonly long _begun;
    private readonly int _wake;
    private readonly PacketQueue _queue;
    private readonly Lock _lock = new();
    private readonly Thread _thread;
    private LinkConditions _conditions;
    private LinkCounters _counters;
    private string? _fault;
    private bool _isCut;
    private bool _isStopped;
    private long _lastDue;
    private long _newest = -1;

    /// <param name="direction">Which direction.</param>
    /// <param name="from">Where packets are read.</param>
    /// <param name="to">Where they are written.</param>
    /// <param name="mtu">The octets of the largest.</param>
    /// <param name="conditions">What befalls them.</param>
    /// <param name="begun">The moment from which outages are counted.</param>
    public PacketForwarder(LinkDirection direction, TunnelDevice from, TunnelDevice to, int mtu, LinkConditions conditions, long begun)
    {
        (_direction, _from, _to, _conditions, _begun) = (direction, from.Descriptor, to.Descriptor, conditions, begun);
        _queue = new PacketQueue(mtu);
        _wake = LinuxCalls.CreateEvent(0, LinuxCalls.CloseOnExec);
        if (_wake < 0)
        {
            throw new LinkException($"no event can be made (eventfd: {LinuxCalls.LastFault})");
        }

        _thread = new Thread(Run) { IsBackground = true, Name = $"link {direction}" };
        _thread.Start();
    }

    /// <summary>The time, in nanoseconds.</summary>
    public static long Now => TimeProvider.System.GetTimestamp();

    /// <summary>What befalls the packets that come from now on; those under way stay as they are.</summary>
    public LinkConditions Conditions
    {
        get
        {
            lock (_lock)
            {
                return _conditions;
            }
        }

        set
        {
            lock (_lock)
            {
                _conditions = value;
            }
        }
    }

    /// <summary>Whether nothing passes.</summary>
    public bool IsCut
    {
        get
        {
            lock (_lock)
            {
                return _isCut;
            }
        }

        set
        {
            lock (_lock)
            {
                _isCut = value;
            }
        }
    }

    /// <summary>What became of the packets so far.</summary>
    /// <exception cref="LinkException">The device is gone.</exception>
    public LinkCounters Counters
    {
        get
        {
            lock (_lock)
            {
                return _fault is null ? _counters with { Waiting = _queue.Count } : throw new LinkException(_fault);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _isStopped = true;
        }

        long one = 1;
        _ = LinuxCalls.Write(_wake, (byte*)&one, sizeof(long));
        _thread.Join();
        _ = LinuxCalls.Close(_wake);
    }

    private void Run()
    {
        // A packet should leave when it is due, not up to 50 µs later, and not after whatever else this machine has to do. Both are offers that the system may refuse.
        _ = LinuxCalls.SetOfThread(LinuxCalls.TimerSlack, 1);
        _ = LinuxCalls.SetPriority(0, 0, HighestPriority);
        while (true)
        {
            bool isMore;
            long? due;
            lock (_lock)
            {
                if (_isStopped || _fault is not null)
                {
                    return;
                }

                Deliver();
                isMore = Take();
                due = _queue.NextDue;
            }

            if (!isMore)
            {
                Wait(due);
            }
        }
    }

    /// <summary>Takes what has come; false once there is no more.</summary>
    private bool Take()
    {
        for (int i = 0; i < Batch; i++)
        {
            byte[] buffer = _queue.Rent();
            nint length;
            fixed (byte* first = buffer)
            {
                length = LinuxCalls.Read(_from, first, (nuint)buffer.Length);
            }

            if (length <= 0)
            {
                _queue.Free(buffer);
                if (Marshal.GetLastPInvokeError() is not (LinuxCalls.TryAgain or LinuxCalls.Interrupted) and int error)
                {
                    _fault = $"the TUN device of the link is gone ({Marshal.GetPInvokeErrorMessage(error)})";
                }

                return false;
            }

            if (!IsUnicast(buffer) || !Accept(buffer, (int)length))
            {
                _queue.Free(buffer);
            }
        }

        return true;
    }

    /// <summary>Whether it is between the two ends. The system itself greets routers and groups on each new device, and that should not depend on its settings.</summary>
    private static bool IsUnicast(byte[] packet) => packet[0] >> 4 == 4 && packet[16] < 224;

    /// <summary>Decides what befalls a packet; false if it goes no further.</summary>
    private bool Accept(byte[] buffer, int length)
    {
        long now = Now;
        long number = _counters.Seen;
        _counters = _counters with { Seen = number + 1 };
        PacketFate fate = PacketFate.Of(_conditions, _direction, number);
        if (IsDown(now))
        {
            _counters = _counters with { CutOff = _counters.CutOff + 1 };
            return false;
        }

        if (fate.IsLost)
        {
            _counters = _counters with { Lost = _counters.Lost + 1 };
            return false;
        }

        if (_queue.Count >= _conditions.Queue)
        {
            _counters = _counters with { Overflowed = _counters.Overflowed + 1 };
            return false;
        }

        long due = now + fate.Delay;
        if (!fate.IsHeldBack)
        {
            _lastDue = due = Math.Max(due, _lastDue);
        }

        _queue.Add(new Packet(buffer, length, number, IsCopy: false), due);
        if (fate.IsDuplicated && _queue.Count < _conditions.Queue)
        {
            byte[] copy = _queue.Rent();
            buffer.AsSpan(0, length).CopyTo(copy);
            _queue.Add(new Packet(copy, length, number, IsCopy: true), due);
            _counters = _counters with { Duplicated = _counters.Duplicated + 1 };
        }

        return true;
    }

    /// <summary>Lets out what is due.</summary>
    private void Deliver()
    {
        long now = Now;
        while (_queue.TryTake(now, out Packet packet, out long due))
        {
            Deliver(packet, due);
            _queue.Free(packet.Buffer);
        }
    }

    private void Deliver(in Packet packet, long due)
    {
        long now = Now;
        if (IsDown(now))
        {
            _counters = _counters with { CutOff = _counters.CutOff + 1 };
            return;
        }

        fixed (byte* first = packet.Buffer)
        {
            if (LinuxCalls.Write(_to, first, (nuint)packet.Length) < 0)
            {
                // The other end has no memory for it.
                _counters = _counters with { Overflowed = _counters.Overflowed + 1 };
                return;
            }
        }

        bool isReordered = packet.Number < _newest && !packet.IsCopy;
        _newest = Math.Max(_newest, packet.Number);
        _counters = _counters with
        {
            Delivered = _counters.Delivered + 1,
            Reordered = _counters.Reordered + (isReordered ? 1 : 0),
            Late = _counters.Late + (now - due > LateAfter ? 1 : 0),
        };
    }

    private bool IsDown(long now)
    {
        if (_isCut)
        {
            return true;
        }

        IReadOnlyList<Outage> outages = _conditions.Outages;
        for (int i = 0; i < outages.Count; i++)
        {
            if (outages[i].Covers(TimeSpan.FromTicks((now - _begun) / TimeSpan.NanosecondsPerTick)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Waits until something comes or is due.</summary>
    private void Wait(long? due)
    {
        nint* time = stackalloc nint[2];
        if (due is { } moment)
        {
            long left = moment - Now;
            if (left <= 0)
            {
                return;
            }

            (long seconds, long nanoseconds) = Math.DivRem(left, 1_000_000_000);
            (time[0], time[1]) = ((nint)seconds, (nint)nanoseconds);
        }

        PollEntry* entries = stackalloc PollEntry[2];
        entries[0] = new PollEntry { Descriptor = _from, Events = LinuxCalls.Readable };
        entries[1] = new PollEntry { Descriptor = _wake, Events = LinuxCalls.Readable };
        _ = LinuxCalls.Poll(entries, 2, due is null ? null : time, null);
    }
}
