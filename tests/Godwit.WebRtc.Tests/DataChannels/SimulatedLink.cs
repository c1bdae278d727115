using CsCheck;

namespace Godwit.WebRtc.Tests.DataChannels;

/// <summary>What a link does to packets.</summary>
/// <param name="Seed">Where chance begins.</param>
/// <param name="LossPercent">How many of a hundred packets are lost.</param>
/// <param name="DuplicatePercent">How many of a hundred come twice.</param>
/// <param name="Delay">How long a packet is on its way at least, in ms.</param>
/// <param name="Jitter">How much longer at most; packets overtake each other then.</param>
internal sealed record LinkWeather(ulong Seed, int LossPercent = 0, int DuplicatePercent = 0, int Delay = 20, int Jitter = 0)
{
    /// <summary>Any weather in which something still comes through.</summary>
    public static Gen<LinkWeather> Any { get; } =
        Gen.Select(Gen.ULong, Gen.Int[0, 35], Gen.Int[0, 30], Gen.Int[0, 120], Gen.Int[0, 150], static (seed, loss, duplicates, delay, jitter) => new LinkWeather(seed, loss, duplicates, delay, jitter));
}

/// <summary>Two peers, a link between them and a time of their own: the same weather gives the same run.</summary>
internal sealed class SimulatedLink
{
    private readonly PriorityQueue<(SimulatedPeer To, byte[] Packet), (long At, long Order)> _packets = new();
    private readonly LinkWeather _weather;
    private readonly Random _random;
    private long _order;

    public SimulatedLink(LinkWeather weather, SimulatedPeer one, SimulatedPeer other)
    {
        _weather = weather;
        _random = new Random(unchecked((int)(weather.Seed ^ (weather.Seed >> 32))));
        One = one;
        Other = other;
        one.Join(this, other);
        other.Join(this, one);
    }

    public SimulatedPeer One { get; }

    public SimulatedPeer Other { get; }

    public long Now
    {
        get;
        private set
        {
            field = value;
            OnTime?.Invoke(value);
        }
    }

    = 1_000_000;

    /// <summary>Told whenever the time has moved.</summary>
    public Action<long>? OnTime { get; set; }

    public int Packets { get; private set; }

    /// <summary>Whether nothing comes through.</summary>
    public bool IsDown { get; set; }

    /// <summary>Which packets are lost beside those of the weather.</summary>
    public Func<SimulatedPeer, byte[], bool>? Drops { get; set; }

    public void Carry(SimulatedPeer to, ReadOnlySpan<byte> packet)
    {
        Packets++;
        byte[] copy = packet.ToArray();
        if (IsDown || _random.Next(100) < _weather.LossPercent || (Drops?.Invoke(to, copy) ?? false))
        {
            return;
        }

        int copies = _random.Next(100) < _weather.DuplicatePercent ? 2 : 1;
        for (int at = 0; at < copies; at++)
        {
            _packets.Enqueue((to, copy), (Now + _weather.Delay + _random.Next(_weather.Jitter + 1), _order++));
        }
    }

    /// <summary>Does the next thing that is due, if it is due by a time.</summary>
    public bool Step(long until)
    {
        long packet = _packets.TryPeek(out _, out (long At, long Order) first) ? first.At : long.MaxValue;
        long next = Math.Min(packet, Math.Min(One.Endpoint.NextDeadline, Other.Endpoint.NextDeadline));
        if (next > until)
        {
            Now = Math.Max(Now, until == long.MaxValue ? Now : until);
            return false;
        }

        Now = Math.Max(Now, next);
        if (packet <= Now)
        {
            (SimulatedPeer to, byte[] content) = _packets.Dequeue();
            to.Endpoint.Receive(content, Now);
        }
        else
        {
            foreach (SimulatedPeer peer in new[] { One, Other })
            {
                if (peer.Endpoint.NextDeadline <= Now)
                {
                    peer.Endpoint.OnDeadline(Now);
                    Assert.True(peer.Endpoint.NextDeadline > Now, "A deadline that was met is due again at once.");
                }
            }
        }

        return true;
    }

    /// <summary>Lets time pass.</summary>
    public void Run(long time)
    {
        long until = Now + time;
        while (Step(until))
        {
        }
    }

    /// <summary>Lets time pass until something is so.</summary>
    public void RunUntil(Func<bool> isSo, long atMost = 3_600_000)
    {
        long until = Now + atMost;
        while (!isSo())
        {
            Assert.True(Step(until), $"After {atMost} ms it is still not so.");
        }
    }
}
