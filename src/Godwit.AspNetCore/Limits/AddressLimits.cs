using System.Net;
using Godwit.AspNetCore.Problems;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Limits;

/// <summary>Bounds what one address begins and has open: connections where they are accepted, and behind a trusted proxy what requests hold.</summary>
/// <remarks>Loopback addresses and the proxies themselves have no limit. What is held is in proportion to the addresses that are connected.</remarks>
internal sealed partial class AddressLimits
{
    // A crowd that is refused together must not come back together.
    private const int LeastRetry = 5_000;
    private const int MostRetry = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<AddressKey, AddressPlaces> _places = [];
    private readonly TrustedProxies _proxies;
    private readonly RateTable<AddressKey>? _attempts;
    private readonly int _most;
    private readonly ILogger _logger;
    private Action? _onAcceptedEnded;

    /// <summary>Makes the limits of a server.</summary>
    public AddressLimits(IOptions<GodwitHttpOptions> options, TrustedProxies proxies, TimeProvider time, ILogger<AddressLimits> logger)
    {
        AddressLimitOptions limits = options.Value.Limits;
        _proxies = proxies;
        _attempts = limits.Attempts is { } attempts ? new RateTable<AddressKey>(attempts, time) : null;
        _most = limits.Connections ?? int.MaxValue;
        _logger = logger;
    }

    /// <summary>The addresses that have something open.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _places.Count;
            }
        }
    }

    /// <summary>Says that whoever listens counts the connections that it accepts, so that requests of direct peers need not be counted.</summary>
    /// <param name="onEnded">Called when one that had a place has ended, after the place was given back.</param>
    public void CountAtAccept(Action onEnded) => _onAcceptedEnded = onEnded;

    /// <summary>Counts a connection that was accepted; false if it is to be closed.</summary>
    /// <param name="peer">Whose.</param>
    /// <param name="places">Where it has its place; null where it needs none.</param>
    public bool TryAccept(IPAddress? peer, out AddressPlaces? places)
    {
        places = null;
        return IsFree(peer) || _proxies.Trusts(peer) || TryTake(peer, out places, out _, out _);
    }

    /// <summary>Counts what a request is about to hold, unless its connection was counted and carries nothing else; false if it is to be refused.</summary>
    /// <param name="context">The request.</param>
    /// <param name="outlives">Whether it goes on when the connection has ended, so that it needs a place of its own.</param>
    /// <param name="places">Where it has its place; null where it needs none.</param>
    /// <param name="refusal">The answer, where it is refused.</param>
    public bool TryOpen(HttpContext context, bool outlives, out AddressPlaces? places, out Problem refusal)
    {
        places = null;
        refusal = default;
        IPAddress? client = context.Connection.RemoteIpAddress;
        if (IsFree(client) || _proxies.Trusts(client) || (!outlives && _onAcceptedEnded is not null && !TrustedProxies.IsBetween(context) && IsAlone(context.Request)) || TryTake(client, out places, out ErrorCode code, out TimeSpan retry))
        {
            return true;
        }

        refusal = new Problem(code, code == ErrorCode.ConnectionsLimit ? $"An address may have {_most} connections open." : "Connect less often.") { RetryAfter = retry };
        return false;
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(AddressPlaces places)
    {
        lock (_lock)
        {
            if (--places.Count == 0)
            {
                _places.Remove(places.Key);
            }
        }
    }

    /// <summary>Gives back the place of a connection that was counted when it was accepted.</summary>
    public void OnAcceptedEnded(AddressPlaces places)
    {
        Leave(places);
        _onAcceptedEnded!();
    }

    private bool TryTake(IPAddress? address, out AddressPlaces? places, out ErrorCode code, out TimeSpan retry)
    {
        places = null;
        AddressKey key = AddressKey.Of(address);
        code = ErrorCode.ConnectionsRate;
        if (_attempts is not null && !_attempts.TryTake(key, out retry))
        {
            GodwitMeter.Hit(LimitNames.Attempts);
            Log.TooOften(_logger, address);
            return false;
        }

        lock (_lock)
        {
            if (!_places.TryGetValue(key, out places))
            {
                _places.Add(key, places = new AddressPlaces(this, key));
            }

            if (places.Count < _most)
            {
                places.Count++;
                retry = default;
                return true;
            }
        }

        places = null;
        code = ErrorCode.ConnectionsLimit;
        retry = TimeSpan.FromMilliseconds(Random.Shared.Next(LeastRetry, MostRetry + 1));
        GodwitMeter.Hit(LimitNames.AddressConnections);
        Log.TooMany(_logger, address, _most);
        return false;
    }

    /// <remarks>A connection of HTTP/2 carries hundreds of requests that are held.</remarks>
    private static bool IsAlone(HttpRequest request) => HttpProtocol.IsHttp11(request.Protocol) || HttpProtocol.IsHttp10(request.Protocol);

    /// <remarks>Without an address is who came over a socket of this machine that has none.</remarks>
    private static bool IsFree(IPAddress? address) =>
        address is null || IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "{Address} connects more often than limits.attempts allows.", EventName = "AddressTooOften")]
        public static partial void TooOften(ILogger logger, IPAddress? address);

        [LoggerMessage(2, LogLevel.Debug, "{Address} has {Most} connections open, as many as limits.connections allows.", EventName = "AddressTooMany")]
        public static partial void TooMany(ILogger logger, IPAddress? address, int most);
    }
}
