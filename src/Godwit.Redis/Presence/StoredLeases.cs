using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Redis.Connecting;
using StackExchange.Redis;

namespace Godwit.Redis.Presence;

/// <summary>The leases of rooms: each call is a script, and all keys of a room are in the slot of its log.</summary>
internal sealed class StoredLeases(RedisConnection connection)
{
    // What one script is given at the most, so that none takes long.
    private const int MostRenewals = 100;
    private const int MostOctets = 1 << 20;
    private const int FieldsOfRenewal = 6;

    // For how long the keys stay behind the end of the last lease: whoever watches has asked for it long before.
    private static readonly long KeptFor = (long)TimeSpan.FromMinutes(5).TotalMilliseconds;

    private static readonly RedisScript Looking = RedisScript.Load("leases", "lease-look");
    private static readonly RedisScript Paging = RedisScript.Load("leases", "lease-page");
    private static readonly RedisScript Renewing = RedisScript.Load("leases", "lease-renew");
    private static readonly RedisScript Releasing = RedisScript.Load("leases", "lease-release");

    /// <summary>The channel on which is told what changes in a room.</summary>
    public string ChannelOf(RoomName room) => connection.Keys.OfRoom(room, "members");

    /// <summary>Carries out renewals: those of different rooms at once, those of one in turn.</summary>
    public async ValueTask<IReadOnlyList<LeaseOutcome>> RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, CancellationToken cancel)
    {
        var outcomes = new LeaseOutcome[renewals.Count];
        if (renewals.Count == 1)
        {
            await RenewAsync(holder, renewals, [0], outcomes, cancel).ConfigureAwait(false);
            return outcomes;
        }

        var rooms = new Dictionary<RoomName, List<int>>();
        for (int i = 0; i < renewals.Count; i++)
        {
            if (!rooms.TryGetValue(renewals[i].Room, out List<int>? places))
            {
                rooms.Add(renewals[i].Room, places = []);
            }

            places.Add(i);
        }

        await Task.WhenAll(rooms.Values.Select(places => RenewAsync(holder, renewals, places, outcomes, cancel))).ConfigureAwait(false);
        return outcomes;
    }

    /// <summary>Shortens a lease.</summary>
    public async ValueTask ReleaseAsync(string holder, RoomName room, UInt128 session, TimeSpan grace, CancellationToken cancel) =>
        await RunAsync(Releasing, room, [StoredMember.Write(session), holder, StoreTime.Milliseconds(grace)], cancel).ConfigureAwait(false);

    /// <summary>Reads a page of members.</summary>
    /// <param name="room">The room.</param>
    /// <param name="after">Those behind this session.</param>
    /// <param name="limit">The most members.</param>
    /// <param name="octets">Behind as many octets the page ends; it has a member at least, if there is one.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<LeasePage> PageAsync(RoomName room, UInt128? after, int limit, int octets, CancellationToken cancel)
    {
        RedisResult[] answer = await RunAsync(Paging, room, [after is { } session ? StoredMember.Write(session) : RedisValue.EmptyString, limit, octets], cancel).ConfigureAwait(false);
        try
        {
            return new LeasePage(StateOf(answer), (int)answer[3], [.. answer.Skip(5).Select(static member => StoredMember.Read((byte[])member!))], (int)answer[4] == 1);
        }
        catch (FormatException foreign)
        {
            throw new BrokerUnavailableException($"{foreign.Message} Delete the keys of the room's members, or set another prefix.", RedisFaults.Retry, foreign);
        }
    }

    /// <summary>Ends the leases that are over, tells whoever watches, and says how the list stands.</summary>
    public async Task<LeaseState> LookAsync(RoomName room, CancellationToken cancel) => StateOf(await RunAsync(Looking, room, [], cancel).ConfigureAwait(false));

    private async Task RenewAsync(string holder, IReadOnlyList<LeaseRenewal> renewals, List<int> places, LeaseOutcome[] outcomes, CancellationToken cancel)
    {
        for (int first = 0; first < places.Count;)
        {
            long longest = 0;
            int octets = 0;
            int next = first;
            var fields = new List<RedisValue>(3 + (FieldsOfRenewal * Math.Min(MostRenewals, places.Count - first))) { holder, default, KeptFor };
            while (next < places.Count && next - first < MostRenewals && octets < MostOctets)
            {
                LeaseRenewal renewal = renewals[places[next++]];
                long life = StoreTime.Milliseconds(renewal.Life);
                longest = Math.Max(longest, life);
                octets += renewal.State.Length;
                fields.AddRange([StoredMember.Write(renewal.Session), StoredMember.Write(renewal.User), renewal.State, NameOf(renewal.Change), life, renewal.Most]);
            }

            fields[1] = longest;
            try
            {
                RedisResult[] answer = await RunAsync(Renewing, renewals[places[first]].Room, [.. fields], cancel).ConfigureAwait(false);
                for (int i = first; i < next; i++)
                {
                    outcomes[places[i]] = (int)answer[3 + i - first] switch { 0 => LeaseOutcome.Member, 1 => LeaseOutcome.Full, _ => LeaseOutcome.Absent };
                }
            }
            catch (BrokerUnavailableException full) when (full.IsFull)
            {
                // It has no memory for any of them, and has changed nothing.
                for (int i = first; i < next; i++)
                {
                    outcomes[places[i]] = LeaseOutcome.Full;
                }
            }

            first = next;
        }
    }

    /// <summary>Runs a script, again as long as there are leases that were over before it did anything.</summary>
    private async Task<RedisResult[]> RunAsync(RedisScript script, RoomName room, RedisValue[] arguments, CancellationToken cancel)
    {
        RedisKey[] names = [connection.Keys.OfRoom(room, "leases"), connection.Keys.OfRoom(room, "holders"), connection.Keys.OfRoom(room, "list")];
        RedisValue[] all = [connection.PublishCommand, ChannelOf(room), .. arguments];
        while (true)
        {
            var answer = (RedisResult[])(await connection.EvaluateAsync(script, names, all, cancel).ConfigureAwait(false))!;
            if ((int)answer[0] == 0)
            {
                return answer;
            }
        }
    }

    private static LeaseState StateOf(RedisResult[] answer) => new((long)answer[1], MemberNotification.NextEndOf((long)answer[2]));

    private static string NameOf(LeaseChange change) => change switch { LeaseChange.Keep => "keep", LeaseChange.Replace => "replace", _ => "update" };
}
