using System.Net;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Limits;
using Godwit.Server.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Server.Tests.Limits;

/// <summary>Tests that measure the heap of the process, with nothing else running.</summary>
[CollectionDefinition(nameof(HeapMeasurements), DisableParallelization = true)]
public sealed class HeapMeasurements;

/// <summary>What counting addresses holds.</summary>
[Collection(nameof(HeapMeasurements))]
public sealed class AddressMemoryTests
{
    [Fact]
    public void Nothing_is_left_of_a_flood_of_addresses()
    {
        var time = new FakeTimeProvider();
        IOptions<GodwitHttpOptions> options = Options.Create(new GodwitHttpOptions());
        var limits = new AddressLimits(options, new TrustedProxies(options, NullLogger<TrustedProxies>.Instance), time, NullLogger<AddressLimits>.Instance);
        var guard = new AcceptGuard(int.MaxValue, limits, NullLogger.Instance);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        byte[] octets = new byte[16];
        octets[0] = 0x20;
        for (int i = 0; i < 1_000_000; i++)
        {
            BitConverter.TryWriteBytes(octets.AsSpan(1), i);
            if (i % 1000 == 0)
            {
                time.Advance(TimeSpan.FromMilliseconds(20));
            }

            Assert.True(limits.TryAccept(new IPAddress(octets), out AddressPlaces? places));
            limits.OnAcceptedEnded(places!);
        }

        Assert.Equal(0, limits.Count);
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 4 << 20);
        GC.KeepAlive(guard);
    }
}
