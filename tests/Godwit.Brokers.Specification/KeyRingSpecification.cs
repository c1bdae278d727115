namespace Godwit.Brokers.Specification;

/// <summary>Key rings: what one server signs, every server verifies.</summary>
/// <remarks>Where a broker takes one server only, the second of a test is the first again.</remarks>
public abstract class KeyRingSpecification : BrokerSpecification
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(24);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    /// <summary>Whether several servers can be connected to one store.</summary>
    protected abstract bool TakesManyServers { get; }

    [Fact]
    public async Task Servers_of_one_store_get_one_ring()
    {
        (IBroker first, IBroker second, IBrokerStore store) = await StartTwoAsync();
        KeyRing ring = await RingAsync(first);
        AssertSame([ring.Newest], await RingAsync(second));
        await store.AdvanceAsync(Period);
        KeyRing rotated = await RingAsync(second);
        AssertSame([.. rotated.Keys], await RingAsync(first));
    }

    [Fact]
    public async Task Servers_that_ask_at_once_make_one_key()
    {
        (IBroker first, IBroker second, IBrokerStore store) = await StartTwoAsync();
        for (int round = 0; round < 10; round++)
        {
            KeyRing[] rings = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(async () => await RingAsync(i % 2 == 0 ? first : second))));
            Assert.All(rings, ring => AssertSame(rings[0].Keys, ring));
            Assert.Equal(round == 0 ? 1 : 2, rings[0].Keys.Count);
            await store.AdvanceAsync(Period);
        }
    }

    [Fact]
    public async Task A_key_signs_for_its_period_and_is_the_older_one_for_at_least_another()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        KeyRing first = await RingAsync(broker);
        Assert.Single(first.Keys);
        Assert.Equal(Period, first.SignsFor);

        await store.AdvanceAsync(Period - Moment);
        KeyRing still = await RingAsync(broker);
        AssertSame(first.Keys, still);
        Assert.Equal(Moment, still.SignsFor);

        await store.AdvanceAsync(Moment);
        KeyRing second = await RingAsync(broker);
        Assert.NotEqual(first.Newest.Id, second.Newest.Id);
        AssertSame([second.Newest, first.Newest], second);
        Assert.Equal(Period, second.SignsFor);

        await store.AdvanceAsync(Period - Moment);
        AssertSame(second.Keys, await RingAsync(broker));

        await store.AdvanceAsync(Moment);
        KeyRing third = await RingAsync(broker);
        AssertSame([third.Newest, second.Newest], third);
        Assert.Null(third.Find(first.Newest.Id));
    }

    [Fact]
    public async Task A_ring_that_nobody_asked_for_keeps_its_newest_key()
    {
        (IBroker broker, IBrokerStore store) = await StartAsync();
        KeyRing first = await RingAsync(broker);
        await store.AdvanceAsync(Period * 5);
        KeyRing second = await RingAsync(broker);
        AssertSame([second.Newest, first.Newest], second);
        Assert.Equal(Period, second.SignsFor);
    }

    [Fact]
    public async Task Each_purpose_has_keys_of_its_own()
    {
        (IBroker broker, _) = await StartAsync();
        KeyRing one = await broker.KeysAsync("one", Period, Cancel);
        KeyRing two = await broker.KeysAsync("two", Period, Cancel);
        Assert.NotEqual(one.Newest.Id, two.Newest.Id);
        Assert.NotEqual(one.Newest.Secret.ToArray(), two.Newest.Secret.ToArray());
        AssertSame(one.Keys, await broker.KeysAsync("one", Period, Cancel));
    }

    [Fact]
    public async Task Keys_are_256_bits_that_look_random()
    {
        (IBroker broker, _) = await StartAsync();
        int ones = 0;
        var secrets = new HashSet<string>();
        for (int i = 0; i < 100; i++)
        {
            KeyRing ring = await broker.KeysAsync($"purpose-{i}", Period, Cancel);
            byte[] secret = ring.Newest.Secret.ToArray();
            Assert.Equal(32, secret.Length);
            Assert.True(secrets.Add(Convert.ToHexString(secret)));
            ones += secret.Sum(octet => int.PopCount(octet));
        }

        // 25,600 bits: 12,800 ones, and a standard deviation of 80.
        Assert.InRange(ones, 12_800 - 800, 12_800 + 800);
    }

    [Fact]
    public async Task No_key_is_printed()
    {
        (IBroker broker, _) = await StartAsync();
        KeyRing ring = await RingAsync(broker);
        string printed = $"{ring} {ring.Newest}";
        Assert.DoesNotContain(Convert.ToHexString(ring.Newest.Secret)[..8], printed, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(Convert.ToBase64String(ring.Newest.Secret)[..8], printed, StringComparison.Ordinal);
    }

    private static async Task<KeyRing> RingAsync(IBroker broker) => await broker.KeysAsync("session", Period, Cancel);

    private async Task<(IBroker First, IBroker Second, IBrokerStore Store)> StartTwoAsync()
    {
        (IBroker first, IBrokerStore store) = await StartAsync();
        return (first, TakesManyServers ? await store.ConnectAsync() : first, store);
    }

    private static void AssertSame(IReadOnlyList<SigningKey> expected, KeyRing actual)
    {
        Assert.Equal(expected.Select(key => key.Id), actual.Keys.Select(key => key.Id));
        Assert.Equal(expected.Select(key => Convert.ToHexString(key.Secret)), actual.Keys.Select(key => Convert.ToHexString(key.Secret)));
    }
}
