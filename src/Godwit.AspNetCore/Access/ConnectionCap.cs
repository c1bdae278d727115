using Godwit.AspNetCore.Limits;
using Godwit.AspNetCore.Problems;
using Godwit.Instruments;
using Godwit.Limits;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Access;

/// <summary>Counts what is held open — streams, WebSockets, polls that wait, publish streams — and refuses what is over the cap.</summary>
/// <remarks>
/// Who takes a place gives it back, whatever happens in between: <c>try</c> and <c>finally</c> around all that is held.
/// What is answered at once takes none, so that publishes and short polls go on where no more connections are taken.
/// </remarks>
internal sealed partial class ConnectionCap(IOptions<GodwitHttpOptions> options, AddressLimits addresses, ILogger<ConnectionCap> logger)
{
    // A crowd that is refused together must not come back together.
    private const int LeastRetry = 5_000;
    private const int MostRetry = 10_000;

    private readonly int _most = options.Value.Connections ?? DescriptorLimit.DefaultConnections;
    private int _held;
    private int _isFull;

    /// <summary>How many are held now.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Takes a place of the server's, and one of the client's address; false when there is none.</summary>
    /// <param name="context">The request that will be held.</param>
    /// <param name="refusal">The answer then, with a time to come back at: <c>server.overloaded</c>, or that of the address.</param>
    public bool TryTake(HttpContext context, out Problem refusal) => TryTake(context, outlives: false, out refusal);

    /// <summary>Takes a place for something that goes on when the request and its connection have ended; see <see cref="Keep"/>.</summary>
    public bool TryTakeLasting(HttpContext context, out Problem refusal) => TryTake(context, outlives: true, out refusal);

    private bool TryTake(HttpContext context, bool outlives, out Problem refusal)
    {
        if (!addresses.TryOpen(context, outlives, out AddressPlaces? places, out refusal))
        {
            return false;
        }

        if (Interlocked.Increment(ref _held) <= _most)
        {
            if (places is not null)
            {
                context.Features.Set(places);
            }

            return true;
        }

        Interlocked.Decrement(ref _held);
        if (places is not null)
        {
            addresses.Leave(places);
        }

        GodwitMeter.Hit(LimitNames.Connections);
        if (Interlocked.Exchange(ref _isFull, 1) == 0)
        {
            Log.Full(logger, _most);
        }

        refusal = new Problem(ErrorCode.ServerOverloaded, "Come back later, or go to another server. What is answered at once still is: publishes, and polls that need not wait.")
        {
            RetryAfter = TimeSpan.FromMilliseconds(Random.Shared.Next(LeastRetry, MostRetry + 1)),
        };
        return false;
    }

    /// <summary>Gives a place back.</summary>
    /// <param name="context">The request that took it.</param>
    public void Release(HttpContext context) => Release(Keep(context));

    /// <summary>Lets a place outlive the request that took it.</summary>
    /// <param name="context">The request.</param>
    /// <returns>What to give back with it: the place of the client's address, or null if that needs none.</returns>
    public AddressPlaces? Keep(HttpContext context)
    {
        AddressPlaces? places = context.Features.Get<AddressPlaces>();
        if (places is not null)
        {
            context.Features.Set<AddressPlaces>(null);
        }

        return places;
    }

    /// <summary>Gives a place back.</summary>
    /// <param name="places">What <see cref="Keep"/> returned.</param>
    public void Release(AddressPlaces? places)
    {
        if (places is not null)
        {
            addresses.Leave(places);
        }

        // Told again only after a tenth was free: at the cap connections come and go all the time.
        if (Interlocked.Decrement(ref _held) < _most * 0.9 && Volatile.Read(ref _isFull) != 0)
        {
            Volatile.Write(ref _isFull, 0);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The server holds {Most} connections, as many as it may (connections.max, or the number of open files); more are refused with server.overloaded.", EventName = "ConnectionsFull")]
        public static partial void Full(ILogger logger, int most);
    }
}
