using System.Threading.Channels;
using Godwit.Brokers;
using Godwit.Protocol;
using Microsoft.Extensions.Logging;

namespace Godwit.Presence;

/// <summary>The sessions that connections of this server keep members of rooms: their leases are made, renewed and let go here.</summary>
/// <remarks>
/// A session has one lease here in a room, however many connections keep it. Leases are renewed together, three times in
/// their life, so a store that is away for less than that costs nobody the membership. Who lets go does not wait for the
/// store: releases and renewals are one worker's, in turn, and nothing is released where somebody has come back meanwhile.
/// </remarks>
internal sealed partial class Attendances : IAsyncDisposable
{
    /// <summary>How long a session stays a member that nobody renews.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromSeconds(60);

    /// <summary>The most renewals at once.</summary>
    public const int Batch = 500;

    /// <summary>The holder of the leases that polls make: any server renews them.</summary>
    private const string Polls = "polls";

    private static readonly TimeSpan Period = Life / 3;

    private readonly IBroker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly string _holder = $"{Random.Shared.NextInt64():x16}";
    private readonly Lock _lock = new();
    private readonly Dictionary<(RoomName Room, UInt128 Session), Attendance> _here = [];
    private readonly Channel<Func<Task>> _work = Channel.CreateUnbounded<Func<Task>>(new UnboundedChannelOptions { SingleReader = true });
    private ITimer? _timer;
    private Task _working = Task.CompletedTask;

    /// <summary>Begins without any.</summary>
    public Attendances(IBroker broker, TimeProvider time, ILogger<Attendances> logger)
    {
        _broker = broker;
        _time = time;
        _logger = logger;
    }

    /// <summary>The number of sessions that are kept members from here, each room counted.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _here.Count;
            }
        }
    }

    /// <summary>Makes a connection's session a member.</summary>
    /// <param name="room">The room.</param>
    /// <param name="session">The session.</param>
    /// <param name="user">The user that it is of.</param>
    /// <param name="state">What it says of itself; null for what it said before, if anything.</param>
    /// <param name="most">The most members of the room.</param>
    /// <returns>What the connection keeps, to be given to <see cref="Leave"/> once; null where the room is full.</returns>
    /// <exception cref="BrokerUnavailableException">The store did not confirm.</exception>
    public async ValueTask<Attendance?> EnterAsync(RoomName room, UInt128 session, string? user, byte[]? state, int most)
    {
        Attendance attendance;
        lock (_lock)
        {
            if (!_here.TryGetValue((room, session), out Attendance? known))
            {
                _here.Add((room, session), known = new Attendance(room, session, user));
            }

            attendance = known;
            attendance.Connections++;
            attendance.Most = most;
            attendance.State = state ?? attendance.State;
            if (_timer is null)
            {
                _timer = _time.CreateTimer(static state => ((Attendances)state!).Queue(((Attendances)state!).RenewAsync), this, Period, Period);
                _working = Task.Run(WorkAsync);
            }
        }

        try
        {
            LeaseRenewal renewal = Renewal(attendance) with { Change = state is null ? LeaseChange.Keep : LeaseChange.Replace };
            if ((await _broker.RenewAsync(_holder, [renewal], CancellationToken.None).ConfigureAwait(false))[0] == LeaseOutcome.Member)
            {
                return attendance;
            }
        }
        catch
        {
            // The store may have made it all the same.
            Leave(attendance, Departure.Left, TimeSpan.Zero);
            throw;
        }

        Leave(attendance, Departure.Left, TimeSpan.Zero);
        return null;
    }

    /// <summary>A connection does not keep its session a member any more; any thread.</summary>
    /// <param name="attendance">What it kept.</param>
    /// <param name="departure">How it went.</param>
    /// <param name="grace">How long the session may take to come back where the connection was lost.</param>
    public void Leave(Attendance attendance, Departure departure, TimeSpan grace)
    {
        lock (_lock)
        {
            if (--attendance.Connections > 0)
            {
                return;
            }

            _here.Remove((attendance.Room, attendance.Session));
        }

        if (departure != Departure.Sent)
        {
            Queue(() => ReleaseAsync(attendance.Room, attendance.Session, departure == Departure.Left ? TimeSpan.Zero : grace));
        }
    }

    /// <summary>Changes what a member says of itself, wherever it is kept one.</summary>
    /// <exception cref="BrokerUnavailableException">The store did not confirm.</exception>
    public async ValueTask<LeaseOutcome> UpdateAsync(RoomName room, UInt128 session, byte[] state)
    {
        LeaseOutcome outcome = (await _broker.RenewAsync(_holder, [new LeaseRenewal(room, session, null, state, LeaseChange.Update, Life, 1)], CancellationToken.None).ConfigureAwait(false))[0];
        lock (_lock)
        {
            if (outcome == LeaseOutcome.Member && _here.TryGetValue((room, session), out Attendance? attendance))
            {
                attendance.State = state;
            }
        }

        return outcome != LeaseOutcome.Full ? outcome : throw new BrokerUnavailableException("Members say as much of themselves together as they may.", TimeSpan.FromSeconds(1)) { IsFull = true };
    }

    /// <summary>Keeps a session that polls a member of rooms until it has had time to poll again.</summary>
    /// <param name="renewals">The rooms, as <see cref="Poll"/> makes them.</param>
    /// <exception cref="BrokerUnavailableException">The store did not confirm.</exception>
    public ValueTask<IReadOnlyList<LeaseOutcome>> PollAsync(IReadOnlyList<LeaseRenewal> renewals) => _broker.RenewAsync(Polls, renewals, CancellationToken.None);

    /// <summary>The renewal of a session that polls.</summary>
    /// <param name="room">The room.</param>
    /// <param name="session">The session.</param>
    /// <param name="user">The user that it is of.</param>
    /// <param name="state">What it says of itself; null for what it said before, if anything.</param>
    /// <param name="most">The most members of the room.</param>
    /// <param name="wait">How long its poll may be held.</param>
    public static LeaseRenewal Poll(RoomName room, UInt128 session, string? user, byte[]? state, int most, TimeSpan wait) =>
        new(room, session, user, state, state is null ? LeaseChange.Keep : LeaseChange.Replace, Life + wait, most);

    /// <summary>A session that polled is no member by that any more.</summary>
    /// <exception cref="BrokerUnavailableException">The store did not confirm.</exception>
    public ValueTask StopPollingAsync(RoomName room, UInt128 session) => _broker.ReleaseAsync(Polls, room, session, TimeSpan.Zero, CancellationToken.None);

    /// <summary>Lets go of what is still to be let go, and renews nothing any more.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_timer is { } timer)
        {
            await timer.DisposeAsync().ConfigureAwait(false);
        }

        _work.Writer.TryComplete();
        await _working.ConfigureAwait(false);
    }

    /// <summary>Completes when what was queued so far has been done.</summary>
    internal Task SettledAsync()
    {
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_timer is null || !_work.Writer.TryWrite(() => { settled.SetResult(); return Task.CompletedTask; }))
        {
            settled.SetResult();
        }

        return settled.Task;
    }

    private void Queue(Func<Task> work) => _work.Writer.TryWrite(work);

    private static LeaseRenewal Renewal(Attendance attendance) =>
        new(attendance.Room, attendance.Session, attendance.User, attendance.State, LeaseChange.Keep, Life, attendance.Most);

    private async Task WorkAsync()
    {
        await foreach (Func<Task> work in _work.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                await work().ConfigureAwait(false);
            }
            catch (BrokerUnavailableException away)
            {
                // What was not released ends when its life is over.
                Log.StoreAway(_logger, away.Message);
            }
            catch (Exception failure)
            {
                Log.Failed(_logger, failure);
            }
        }
    }

    private async Task RenewAsync()
    {
        LeaseRenewal[] renewals;
        lock (_lock)
        {
            renewals = [.. _here.Values.Select(Renewal)];
        }

        BrokerUnavailableException? away = null;
        foreach (LeaseRenewal[] batch in renewals.Chunk(Batch))
        {
            try
            {
                await _broker.RenewAsync(_holder, batch, CancellationToken.None).ConfigureAwait(false);
            }
            catch (BrokerUnavailableException failed)
            {
                // The others are not to leave for it.
                away = failed;
            }
        }

        if (away is not null)
        {
            Log.StoreAway(_logger, away.Message);
        }
    }

    private async Task ReleaseAsync(RoomName room, UInt128 session, TimeSpan grace)
    {
        if (Find(room, session) is not null)
        {
            return;
        }

        await _broker.ReleaseAsync(_holder, room, session, grace, CancellationToken.None).ConfigureAwait(false);
        if (Find(room, session) is { } back)
        {
            await _broker.RenewAsync(_holder, [Renewal(back)], CancellationToken.None).ConfigureAwait(false);
        }
    }

    private Attendance? Find(RoomName room, UInt128 session)
    {
        lock (_lock)
        {
            return _here.GetValueOrDefault((room, session));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The store did not answer when members of rooms were to be renewed or let go: {Reason} They are renewed every 20 s, and leave when that has failed for a minute.", EventName = "MembersNotRenewed")]
        public static partial void StoreAway(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Error, "The store failed at the members of rooms; it is asked again.", EventName = "MembersFailed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
