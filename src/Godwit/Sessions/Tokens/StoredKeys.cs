using Godwit.Brokers;

namespace Godwit.Sessions.Tokens;

/// <summary>Keys that all servers of a store share. The ring is kept here, and asked for again when its newest key has signed for the period or a token names another key.</summary>
internal sealed class StoredKeys(IBroker broker, TimeSpan period, TimeProvider time) : TokenKeys
{
    /// <summary>The purpose of the ring in the store.</summary>
    public const string Purpose = "session";

    /// <summary>Anybody can name a key that does not exist, and a store that is away need not be asked by every client.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private volatile Known? _known;
    private Task<KeyRing>? _asking;
    private long _asked;
    private bool _failed;

    /// <inheritdoc/>
    public override ValueTask<KeyRing> GetAsync(CancellationToken cancel)
    {
        Known? known = _known;
        if (known is null)
        {
            return new ValueTask<KeyRing>(Ask().WaitAsync(cancel));
        }

        return known.IsDue(time) && MayAsk(onlyFailuresPause: true) ? AskOrGoOnAsync(known.Ring, cancel) : ValueTask.FromResult(known.Ring);
    }

    /// <inheritdoc/>
    public override ValueTask<KeyRing> GetWithAsync(ulong id, CancellationToken cancel)
    {
        Known? known = _known;
        if (known is null)
        {
            return new ValueTask<KeyRing>(Ask().WaitAsync(cancel));
        }

        return known.Ring.Find(id) is null && MayAsk(onlyFailuresPause: false) ? AskOrGoOnAsync(known.Ring, cancel) : ValueTask.FromResult(known.Ring);
    }

    private bool MayAsk(bool onlyFailuresPause)
    {
        lock (_lock)
        {
            return _asking is not null || (onlyFailuresPause && !_failed) || time.GetElapsedTime(_asked) >= Pause;
        }
    }

    private async ValueTask<KeyRing> AskOrGoOnAsync(KeyRing known, CancellationToken cancel)
    {
        try
        {
            return await Ask().WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (BrokerUnavailableException)
        {
            // The keys known so far verify what they signed, and the store is asked again.
            return known;
        }
    }

    // One question at a time, whoever asks. It is not cancelled with the client that happened to come first.
    private Task<KeyRing> Ask()
    {
        TaskCompletionSource<KeyRing> answer;
        lock (_lock)
        {
            if (_asking is { } asking)
            {
                return asking;
            }

            answer = new TaskCompletionSource<KeyRing>(TaskCreationOptions.RunContinuationsAsynchronously);
            _asking = answer.Task;
            _asked = time.GetTimestamp();
        }

        _ = AskAsync(answer);
        return answer.Task;
    }

    private async Task AskAsync(TaskCompletionSource<KeyRing> answer)
    {
        try
        {
            // Counted from before the question, so that a slow answer makes no key sign for longer than its period.
            long asked = _asked;
            KeyRing ring = await broker.KeysAsync(Purpose, period, CancellationToken.None).ConfigureAwait(false);
            Done(new Known(ring, asked));
            answer.SetResult(ring);
        }
        catch (Exception failure)
        {
            Done(null);
            answer.SetException(failure);

            // Seen, also where every client that waited for it has gone.
            _ = answer.Task.Exception;
        }
    }

    private void Done(Known? known)
    {
        lock (_lock)
        {
            _known = known ?? _known;
            _failed = known is null;
            _asking = null;
        }
    }

    private sealed class Known(KeyRing ring, long asked)
    {
        public KeyRing Ring => ring;

        public bool IsDue(TimeProvider time) => time.GetElapsedTime(asked) >= ring.SignsFor;
    }
}
