using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Publishing;

/// <summary>Publishes drafts one after the other, each until it is acknowledged: what is sent again has the same key, so nothing is stored twice.</summary>
internal sealed class EntryPublisher : IAsyncDisposable
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10);

    // Of one request. It covers what the server itself may take for a body and a store.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Of one whose answer may be under way when it is to end: then what became of the entry is known.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly ProbeTarget _target;
    private readonly string? _key;
    private readonly TimeSpan _retryFor;
    private readonly Action<string> _notice;
    private readonly string _run = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(18));
    private readonly Backoff _backoff;
    private HttpPublisher _publisher;
    private bool _reached;

    /// <param name="target">The room.</param>
    /// <param name="key">What the keys of entries begin with, or the key where there is one entry; null draws one for this run.</param>
    /// <param name="retryFor">How long one entry is tried.</param>
    /// <param name="notice">Told of retries.</param>
    public EntryPublisher(ProbeTarget target, string? key, TimeSpan retryFor, Action<string> notice)
    {
        (_target, _key, _retryFor, _notice) = (target, key, retryFor, notice);
        _backoff = new Backoff(target.Time, First, Most);
        _publisher = new HttpPublisher(target);
    }

    /// <summary>Whether there is one entry only, so that its key is the one given.</summary>
    public bool IsSingle { get; init; }

    /// <summary>Publishes a draft and returns the acknowledgement, or the refusal that is final.</summary>
    /// <exception cref="ServerFault">The server cannot be reached, is none, or refuses the caller.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; whether the entry is stored is not known.</exception>
    public async Task<PublishOutcome> PublishAsync(Draft draft, CancellationToken cancel)
    {
        string key = draft.Key ?? (_key is null ? Numbered(_run, draft) : IsSingle ? _key : Numbered(_key, draft));
        long begun = _target.Time.GetTimestamp();
        bool isTold = false;
        while (true)
        {
            (PublishOutcome? outcome, string? failure) = await TryAsync(draft, key, cancel);
            if (outcome is not null && (outcome.Position is not null || !Refusal.IsTemporary(outcome.Code, outcome.Status)))
            {
                _backoff.Reset();
                return Refusal.ConcernsCaller(outcome.Code) ? throw new ServerFault($"{_target.Mount} refuses with {Refusal.Line(outcome.Raw, outcome.Status, outcome.Code)}") : outcome;
            }

            string why = failure ?? $"the server refuses for now, with {Refusal.Line(outcome!.Raw, outcome.Status, outcome.Code)}";
            if (_target.Time.GetElapsedTime(begun) >= _retryFor)
            {
                throw new ServerFault($"{why}; after {_retryFor.TotalSeconds:0.###} s this is given up (--retry-for)") { IsGivenUp = true };
            }

            // Rates are the ordinary way of a server to set the pace.
            if (!isTold && outcome?.Code is not ("publish.rate" or "room.rate" or "requests.rate"))
            {
                _notice($"{why}; it is tried again");
                isTold = true;
            }

            await _backoff.WaitAsync(_backoff.Next(TimeSpan.FromMilliseconds(outcome?.Retry ?? 0)), cancel);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _publisher.DisposeAsync();

    private static string Numbered(string key, Draft draft) => string.Create(CultureInfo.InvariantCulture, $"{key}-{draft.Number}");

    private async Task<(PublishOutcome? Outcome, string? Failure)> TryAsync(Draft draft, string key, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        using var patience = new CancellationTokenSource(Patience);
        using CancellationTokenRegistration farewell = cancel.Register(static source => ((CancellationTokenSource)source!).CancelAfter(Farewell), patience);
        try
        {
            PublishOutcome outcome = await _publisher.PublishAsync(draft.Body, draft.MediaType, draft.Event, key, patience.Token);
            _reached = true;
            return (outcome, null);
        }
        catch (ContractException fault)
        {
            if (!_reached)
            {
                throw new ServerFault(ServerContact.Stranger(_target.Mount, fault));
            }

            return (null, $"something else answers ({fault.Fault.TrimEnd('.')})");
        }
        catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
        {
            string why = ServerContact.Explain(fault, _target.Mount, Patience);
            if (!_reached && ServerContact.IsUnreached(fault))
            {
                throw new ServerFault(why);
            }

            await _publisher.DisposeAsync();
            _publisher = new HttpPublisher(_target);
            return (null, why);
        }
    }
}
