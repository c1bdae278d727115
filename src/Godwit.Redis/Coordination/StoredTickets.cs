using System.Text;
using Godwit.Brokers;
using Godwit.Redis.Connecting;
using StackExchange.Redis;

namespace Godwit.Redis.Coordination;

/// <summary>The tickets: each is a key of its own, in one of some shares that are spread over the nodes of a cluster.</summary>
/// <remarks>A share has a ledger in the same slot, so that to keep a ticket and to count it is one step, and the number is exact without a look at all keys.</remarks>
internal sealed class StoredTickets(RedisConnection connection)
{
    /// <summary>The most tickets in all shares.</summary>
    public const int Most = 100_000;

    /// <summary>The most octets that they are kept with in all shares.</summary>
    public const long MostOctets = 64 << 20;

    /// <summary>The number of shares. All servers of a store have the same.</summary>
    public const int Shares = 16;

    // What Redis keeps beside content and name, about.
    private const int Overhead = 120;

    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);
    private static readonly long LedgerKept = (long)TimeSpan.FromMinutes(1).TotalMilliseconds;
    private static readonly RedisScript Adding = RedisScript.Load("ticket-add");
    private static readonly RedisScript Taking = RedisScript.Load("ticket-take");

    /// <summary>The most tickets of a share.</summary>
    internal int MostOfShare { get; init; } = Most / Shares;

    /// <summary>The most octets of a share.</summary>
    internal long MostOctetsOfShare { get; init; } = MostOctets / Shares;

    /// <summary>Keeps a ticket.</summary>
    public async ValueTask AddAsync(string id, ReadOnlyMemory<byte> content, TimeSpan life, CancellationToken cancel)
    {
        int octets = OctetsBeside(id) + content.Length;
        RedisValue[] arguments = [content, StoreTime.Milliseconds(life), $"{octets}:{id}", octets, MostOfShare, MostOctetsOfShare, LedgerKept];
        if ((int)await connection.EvaluateDurablyAsync(Adding, KeysOf(id), arguments, cancel).ConfigureAwait(false) == 0)
        {
            throw new BrokerUnavailableException($"Of tickets that wait to be taken there are as many as there may be: {Most}, or {MostOctets >> 20} MiB.", Retry) { IsFull = true };
        }
    }

    /// <summary>Takes a ticket.</summary>
    public async ValueTask<ReadOnlyMemory<byte>?> TakeAsync(string id, CancellationToken cancel)
    {
        RedisResult taken = await connection.EvaluateDurablyAsync(Taking, KeysOf(id), [id, OctetsBeside(id)], cancel).ConfigureAwait(false);

        // Not by a conditional: null would become memory of no length.
        if (taken.IsNull)
        {
            return null;
        }

        return (byte[])taken!;
    }

    private RedisKey[] KeysOf(string id)
    {
        string share = $"tickets-{ShareOf(id)}";
        return [connection.Keys.Shared(share, $"ticket:{id}"), connection.Keys.Shared(share, "ledger")];
    }

    private static int OctetsBeside(string id) => (2 * Encoding.UTF8.GetByteCount(id)) + Overhead;

    // FNV-1a: the same on every server, and ids are hashes that nobody chooses.
    internal static uint ShareOf(string id)
    {
        uint hash = 2166136261;
        foreach (char character in id)
        {
            hash = (hash ^ character) * 16777619;
        }

        return (hash ^ (hash >> 16)) % Shares;
    }
}
