using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Deployments;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>A session that is a member of a room by its exchanges, at any server: it renews that, leaves, comes back, or is silent.</summary>
internal sealed class PresenceMember(RunRecord record, Deployment deployment, string room, int number, int seed) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerBound = TimeSpan.FromSeconds(10);

    private readonly Random _random = new(seed);
    private readonly Lock _lock = new();
    private readonly FrameTrail _trail = new(record.Clock);
    private readonly Dictionary<string, TimeSpan> _earlier = new(StringComparer.Ordinal);
    private ProbeConnection? _connection;
    private string? _token;
    private string? _session;
    private bool _isPresent;
    private TimeSpan _uncertain = TimeSpan.MinValue;
    private TimeSpan _unknown = TimeSpan.MinValue;

    /// <summary>Who it is, for people.</summary>
    public string Name => $"member {number}";

    /// <summary>What it was answered last.</summary>
    public IReadOnlyList<string> Frames => _trail.Lines();

    /// <summary>The session, and whether it is a member as it was told; no session before the first answer.</summary>
    public (string? Session, bool IsPresent) State
    {
        get
        {
            lock (_lock)
            {
                return (_session, _isPresent);
            }
        }
    }

    /// <summary>Whether a session may still be listed, given how long one stays that is silent: it was this member's, or may have become its own by a request that was not answered.</summary>
    public bool MayLinger(string session, TimeSpan grace)
    {
        lock (_lock)
        {
            TimeSpan oldest = record.Clock.Now - grace;
            return session == _session ? _isPresent || _uncertain > oldest : _unknown > oldest || (_earlier.TryGetValue(session, out TimeSpan until) && until > oldest);
        }
    }

    /// <summary>Comes and goes until it is told to settle; from then on it stays what it is.</summary>
    public async Task RunAsync(CancellationToken settle, CancellationToken cancel)
    {
        try
        {
            while (!cancel.IsCancellationRequested)
            {
                bool stays = settle.IsCancellationRequested ? State.IsPresent : _random.Next(6) != 0;
                while (!await ExchangeAsync(stays, cancel))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(_random.Next(50, 300)), TimeProvider.System, cancel);
                }

                using var next = CancellationTokenSource.CreateLinkedTokenSource(cancel, settle);
                TimeSpan pause = TimeSpan.FromSeconds(settle.IsCancellationRequested ? 5 : 1 + (_random.NextDouble() * 9));
                await Task.Delay(pause, TimeProvider.System, settle.IsCancellationRequested ? cancel : next.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _connection?.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<bool> ExchangeAsync(bool present, CancellationToken cancel)
    {
        Entrance entrance = deployment.Entrances[_random.Next(deployment.Entrances.Count)];
        ProbeTarget target = entrance.Room(room, deployment.ReaderHeaders);
        _connection?.Dispose();
        _connection = new ProbeConnection(target);
        string session = _token is null ? "" : $"\"session\":\"{JsonEncodedText.Encode(_token)}\",";
        using var request = new HttpRequestMessage(HttpMethod.Post, target.SessionAddress)
        {
            Content = new StringContent($"{{{session}\"rooms\":{{\"{room}\":{{\"after\":\"now\",\"present\":{(present ? "true" : "false")}}}}}}}", Encoding.UTF8, "application/json"),
        };
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(AnswerBound);
        try
        {
            using HttpResponseMessage answer = await _connection.SendAsync(request, patience.Token);
            string text = await ProbeConnection.TextAsync(answer, patience.Token);
            _trail.Add($"{entrance}: present {present} answered {(int)answer.StatusCode} {text}");
            if ((int)answer.StatusCode == 200 && Take(text, present))
            {
                return true;
            }

            record.CountUnavailable();
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException or ContractException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            record.CountUnavailable();
            _trail.Add($"{entrance}: present {present} not answered: {fault.Message}");
        }

        if (present)
        {
            // It may be carried out all the same, and later.
            lock (_lock)
            {
                _uncertain = record.Clock.Now;
                _unknown = _token is null || record.Faults.ExcusesSession(TimeSpan.Zero) ? _uncertain : _unknown;
            }
        }

        return false;
    }

    private bool Take(string text, bool present)
    {
        using JsonDocument document = ProbeFrameParser.Parse(text);
        JsonElement frame = document.RootElement.GetProperty("frames").EnumerateArray().FirstOrDefault(frame => frame.TryGetProperty("room", out JsonElement of) && of.GetString() == room);
        if (frame.ValueKind != JsonValueKind.Object || frame.GetProperty("op").GetString() != "joined")
        {
            return false;
        }

        string? session = frame.TryGetProperty("member", out JsonElement member) ? member.GetString() : null;
        if (present && session is null)
        {
            record.Violates(Promise.Presence, "A session that joined as a member was not told which member it is", Name, room, _trail.Lines());
            return false;
        }

        lock (_lock)
        {
            bool isNew = !document.RootElement.GetProperty("resumed").GetBoolean();
            if (isNew && _session is not null)
            {
                // The servers do not know the token any more. The session that it was of is listed until its time is over.
                _earlier[_session] = record.Clock.Now;
            }

            _token = document.RootElement.GetProperty("session").GetString();
            (_session, _isPresent) = (session ?? (isNew ? null : _session), present);
        }

        return true;
    }
}
