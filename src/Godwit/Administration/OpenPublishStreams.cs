using System.Collections.Concurrent;
using Godwit.Access;
using Godwit.Feeds.Pump;
using Godwit.Protocol;

namespace Godwit.Administration;

/// <summary>The publish streams that are open at this server: they are no connections of a shard, but orders reach them, and administrators see them.</summary>
internal sealed class OpenPublishStreams(Revocations revocations, TimeProvider time)
{
    private readonly ConcurrentDictionary<long, OpenPublishStream> _open = new();

    /// <summary>Those that are open, in no order.</summary>
    public IEnumerable<OpenPublishStream> All => _open.Select(static open => open.Value);

    /// <summary>A stream has begun.</summary>
    /// <param name="caller">Whose it is.</param>
    /// <param name="end">Ends it, from any thread; it does not wait. It may be called before this returns.</param>
    /// <returns>To be disposed when it has ended.</returns>
    public OpenPublishStream Add(Caller caller, Action<ErrorCode> end)
    {
        var stream = new OpenPublishStream(this, caller, time.GetUtcNow().ToUnixTimeMilliseconds(), end);
        _open[stream.Number] = stream;
        if (revocations.Covers(caller))
        {
            // It was revoked since the head was looked at: the order did not find the stream.
            end(ErrorCode.TokenRevoked);
        }

        return stream;
    }

    /// <summary>Ends the streams that an order concerns.</summary>
    public void CarryOut(OrderWork work)
    {
        foreach (OpenPublishStream stream in All)
        {
            if (work.EndOf(stream.Caller, default) is { } code)
            {
                stream.End(code);
            }
        }
    }

    /// <summary>A stream has ended.</summary>
    public void Remove(OpenPublishStream stream) => _open.TryRemove(stream.Number, out _);
}

/// <summary>A publish stream that is open.</summary>
internal sealed class OpenPublishStream(OpenPublishStreams all, Caller caller, long since, Action<ErrorCode> end) : IDisposable
{
    /// <summary>Where it stands among all connections that began here.</summary>
    public long Number { get; } = Connection.NextNumber();

    /// <summary>When it began, in ms since the Unix epoch.</summary>
    public long Since => since;

    /// <summary>Whose it is.</summary>
    public Caller Caller => caller;

    /// <summary>Ends it; any thread.</summary>
    public void End(ErrorCode code) => end(code);

    /// <inheritdoc/>
    public void Dispose() => all.Remove(this);
}
