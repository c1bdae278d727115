using Godwit.Brokers;
using Godwit.Sessions.Tokens;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Sessions.Tokens;

/// <summary>When a server asks the store for its keys, and what it does while the store is away.</summary>
public sealed class StoredKeysTests
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(24);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly FakeTimeProvider _time = new();
    private readonly KeyStore _store;
    private readonly StoredKeys _keys;

    public StoredKeysTests()
    {
        _store = new KeyStore(_time);
        _keys = new StoredKeys(_store, Period, _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_store_is_asked_once_for_a_period()
    {
        KeyRing first = await _keys.GetAsync(Cancel);
        _time.Advance(Period - Moment);
        Assert.Same(first, await _keys.GetAsync(Cancel));
        Assert.Equal(1, _store.Asked);

        _time.Advance(Moment);
        KeyRing second = await _keys.GetAsync(Cancel);
        Assert.Equal(first.Newest.Id, second.Keys[1].Id);
        Assert.Same(second, await _keys.GetAsync(Cancel));
        Assert.Equal(2, _store.Asked);
    }

    [Fact]
    public async Task A_slow_answer_makes_no_key_sign_for_longer()
    {
        var answer = new TaskCompletionSource();
        _store.BeforeAnswer = answer.Task;
        Task<KeyRing> asked = _keys.GetAsync(Cancel).AsTask();
        _time.Advance(5 * Second);
        answer.SetResult();
        await asked;
        _time.Advance(Period - 5 * Second);
        await _keys.GetAsync(Cancel);
        Assert.Equal(2, _store.Asked);
    }

    [Fact]
    public async Task Those_who_ask_at_once_are_one_question_and_one_who_leaves_takes_no_answer_from_the_others()
    {
        var answer = new TaskCompletionSource();
        _store.BeforeAnswer = answer.Task;
        using var leaves = new CancellationTokenSource();
        Task<KeyRing> gone = _keys.GetAsync(leaves.Token).AsTask();
        Task<KeyRing>[] others = [.. Enumerable.Range(0, 20).Select(_ => _keys.GetAsync(Cancel).AsTask())];
        await leaves.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        answer.SetResult();
        KeyRing[] rings = await Task.WhenAll(others);
        Assert.All(rings, ring => Assert.Same(rings[0], ring));
        Assert.Equal(1, _store.Asked);
    }

    [Fact]
    public async Task Keys_that_nobody_has_are_asked_for_at_most_once_a_second()
    {
        KeyRing ring = await _keys.GetAsync(Cancel);
        ulong unknown = ~ring.Newest.Id;
        for (int i = 0; i < 100; i++)
        {
            Assert.Null((await _keys.GetWithAsync(unknown, Cancel)).Find(unknown));
        }

        Assert.Equal(1, _store.Asked);
        for (int second = 1; second <= 5; second++)
        {
            _time.Advance(Second);
            for (int i = 0; i < 100; i++)
            {
                await _keys.GetWithAsync(unknown + (ulong)i, Cancel);
            }

            Assert.Equal(1 + second, _store.Asked);
        }
    }

    [Fact]
    public async Task A_key_that_another_server_made_is_found()
    {
        await _keys.GetAsync(Cancel);
        _time.Advance(Period / 2);
        KeyRing other = await _store.KeysAsync(StoredKeys.Purpose, Period / 2, Cancel);
        KeyRing ring = await _keys.GetWithAsync(other.Newest.Id, Cancel);
        Assert.Equal(other.Newest.Id, ring.Newest.Id);
    }

    [Fact]
    public async Task Without_a_key_the_stores_absence_is_told_and_its_return_is_seen()
    {
        _store.IsAway = true;
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _keys.GetAsync(Cancel).AsTask());
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => _keys.GetAsync(Cancel).AsTask());
        _store.IsAway = false;
        Assert.Single((await _keys.GetAsync(Cancel)).Keys);
    }

    [Fact]
    public async Task With_a_key_the_stores_absence_is_bridged_and_it_is_asked_once_a_second()
    {
        KeyRing first = await _keys.GetAsync(Cancel);
        _store.IsAway = true;
        _time.Advance(Period);
        for (int i = 0; i < 100; i++)
        {
            Assert.Same(first, await _keys.GetAsync(Cancel));
            Assert.Same(first, await _keys.GetWithAsync(~first.Newest.Id, Cancel));
        }

        Assert.Equal(2, _store.Asked);
        _store.IsAway = false;
        Assert.Same(first, await _keys.GetAsync(Cancel));
        _time.Advance(Second);
        Assert.Equal(first.Newest.Id, (await _keys.GetAsync(Cancel)).Keys[1].Id);
        Assert.Equal(3, _store.Asked);
    }
}
