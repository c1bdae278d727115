using System.Net;
using Godwit.Access;
using Godwit.Instruments;
using Godwit.Protocol;

namespace Godwit.Limits;

/// <summary>The rates of callers and rooms, on whatever transport.</summary>
internal sealed class CallerLimits
{
    /// <summary>The longest that what is above the rate of requests waits its turn.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(5);

    // As much as a WebSocket brings for one.
    private const int AnswerPart = 16 << 10;

    // Who asks for large answers over many connections at once owes for all of them, and is refused until that is paid off.
    private static readonly TimeSpan MostOwed = TimeSpan.FromMinutes(1);

    private const int TicketPart = 512;

    private readonly CallerRate? _requests;
    private readonly CallerRate? _publishes;
    private readonly CallerRate? _newRooms;
    private readonly RateTable<RoomName>? _rooms;
    private readonly string _roomRule = "";

    /// <summary>Makes the limits of a server.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="time">The clock.</param>
    /// <param name="shared">Where servers share the rates; null where this one is alone.</param>
    public CallerLimits(LimitOptions options, TimeProvider time, SharedRates? shared = null)
    {
        Sessions = new UserSessions(options.Sessions);
        HeldExchanges = new HeldExchanges(options.HeldExchanges);
        _requests = options.Requests is { } requests ? new CallerRate(LimitNames.Requests, requests, time, shared) : null;
        _publishes = options.Publishes is { } publishes ? new CallerRate(LimitNames.Publishes, publishes, time, shared) : null;
        _newRooms = options.NewRooms is { } newRooms ? new CallerRate(LimitNames.NewRooms, newRooms, time, shared) : null;
        if (options.RoomPublishes is { } rooms)
        {
            _rooms = SharedRates.Table<RoomName>(shared, LimitNames.RoomPublishes, rooms, time);
            _roomRule = $"The room takes {rooms.PerSecond} publishes a second, and {rooms.Burst} at once.";
        }
    }

    /// <summary>The sessions of users.</summary>
    public UserSessions Sessions { get; }

    /// <summary>The exchanges of sessions that are held.</summary>
    public HeldExchanges HeldExchanges { get; }

    /// <summary>Whether rates count a caller: backends and whoever sits at this machine have none.</summary>
    public static bool Counts(Caller caller) => !caller.IsUnchecked && caller.Kind != CallerKind.ApiKey;

    /// <summary>Counts what a caller sends, whatever it is.</summary>
    /// <param name="caller">Who sends it.</param>
    /// <param name="count">How much.</param>
    /// <param name="wait">How long it is to wait for its turn; 0 mostly.</param>
    /// <returns>False where it would wait for too long: then it is not counted.</returns>
    public bool TryTakeTurn(Caller caller, int count, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        if (_requests is null || !CountsRequests(caller))
        {
            return true;
        }

        // What is more than there ever is at once takes all there is, or it could never be taken.
        bool isTaken = _requests.TryTake(caller, Math.Min(count, _requests.Rate.Burst), LongestWait, out wait);
        if (wait > TimeSpan.Zero)
        {
            GodwitMeter.Hit(LimitNames.Requests);
        }

        return isTaken;
    }

    /// <summary>Counts what a large answer costs beside its request, which has had its turn: the caller's next ones wait for it.</summary>
    /// <param name="caller">Who asked.</param>
    /// <param name="octets">The answer; each further 16 KiB counts as a request.</param>
    public void CountAnswer(Caller caller, int octets)
    {
        int count = (octets - 1) / AnswerPart;
        if (count > 0 && _requests is not null && CountsRequests(caller))
        {
            _requests.Charge(caller, count, MostOwed);
        }
    }

    /// <summary>What to answer to a request that would wait for too long.</summary>
    public AccessRefusal RefuseTurn(Caller caller, TimeSpan wait) =>
        new(ErrorCode.RequestsRate, $"{Whose(caller)} may ask {Allowed(_requests!.Rate)}.") { Retry = wait };

    /// <summary>Whether a publish is above the caller's rate or the room's. Each that is not is counted.</summary>
    public bool RefusesPublish(Caller caller, RoomName room, out AccessRefusal refusal)
    {
        refusal = default;
        if (!Counts(caller))
        {
            return false;
        }

        if (_publishes is not null && !_publishes.TryTake(caller, out TimeSpan wait))
        {
            GodwitMeter.Hit(LimitNames.Publishes);
            refusal = new AccessRefusal(ErrorCode.PublishRate, $"{Whose(caller)} may publish {Allowed(_publishes.Rate)}.") { Retry = wait };
            return true;
        }

        if (_rooms is not null && !_rooms.TryTake(room, out wait))
        {
            GodwitMeter.Hit(LimitNames.RoomPublishes);
            refusal = new AccessRefusal(ErrorCode.RoomRate, _roomRule) { Retry = wait };
            return true;
        }

        return false;
    }

    /// <summary>Whether a ticket is above the caller's rate of publishes, for which every half KiB that the store keeps of it counts as one. Each that is not is counted.</summary>
    public bool RefusesTicket(Caller caller, int octets, out AccessRefusal refusal)
    {
        refusal = default;
        if (!Counts(caller) || _publishes is null || _publishes.TryTake(caller, Math.Min((octets / TicketPart) + 1, _publishes.Rate.Burst), TimeSpan.Zero, out TimeSpan wait))
        {
            return false;
        }

        GodwitMeter.Hit(LimitNames.Tickets);
        refusal = new AccessRefusal(ErrorCode.PublishRate, $"Tickets count like publishes, large ones for more. {Whose(caller)} may publish {Allowed(_publishes.Rate)}.") { Retry = wait };
        return true;
    }

    /// <summary>Whether ending a peer of another server, which all servers are told of, is above the caller's rate of publishes. Each that is not is counted.</summary>
    public bool RefusesEnd(Caller caller, out AccessRefusal refusal)
    {
        refusal = default;
        if (!Counts(caller) || _publishes is null || _publishes.TryTake(caller, out TimeSpan wait))
        {
            return false;
        }

        GodwitMeter.Hit(LimitNames.Publishes);
        refusal = new AccessRefusal(ErrorCode.PublishRate, $"Ending a data channel of another server counts like a publish. {Whose(caller)} may publish {Allowed(_publishes.Rate)}.") { Retry = wait };
        return true;
    }

    /// <summary>Whether reading makes a room for a caller only below a rate.</summary>
    public bool CountsNewRooms(Caller caller) => _newRooms is not null && Counts(caller);

    /// <summary>Whether reading a room that the store does not know is above the caller's rate. Each that is not is counted.</summary>
    public bool RefusesNewRoom(Caller caller, out AccessRefusal refusal)
    {
        refusal = default;
        if (!CountsNewRooms(caller) || _newRooms!.TryTake(caller, out TimeSpan wait))
        {
            return false;
        }

        GodwitMeter.Hit(LimitNames.NewRooms);
        refusal = new AccessRefusal(ErrorCode.RoomsRate, $"{Whose(caller)} may begin to read rooms that nobody used {Allowed(_newRooms.Rate)}.") { Retry = wait };
        return true;
    }

    /// <summary>Whether a caller is counted in what everyone has a share of.</summary>
    /// <remarks>Whoever is behind a proxy that is not named comes from the proxy's address: the most common one is on this machine.</remarks>
    public static bool CountsRequests(Caller caller) =>
        Counts(caller) && (caller.CountedUser is not null || (caller.Address is { } address && !IPAddress.IsLoopback(address)));

    private static string Whose(Caller caller) => caller.CountedUser is null ? "Everyone without a credential at one address together" : "A user";

    private static string Allowed(Rate rate) => $"{rate.PerSecond} times a second, and {rate.Burst} times at once";
}
