using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Godwit.WebRtc.Stun;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Client;

// Checks of ICE: which candidate is reached, and whether the server is still there.
internal sealed partial class ClientPeer : IDue
{
    /// <summary>How often the server is asked whether it is still there, in ms. RFC 7675 has 5 s, give or take a fifth; browsers ask as often as this.</summary>
    public const long CheckInterval = 2500;

    /// <summary>How long nothing genuine may come, neither the answer to a check nor a record, in ms.</summary>
    /// <remarks>RFC 7675 lets consent live for 30 s. Browsers say <c>disconnected</c> long before, and that is when applications turn to another transport.</remarks>
    public const long CheckLimit = 10_000;

    private const int MostAsked = (int)(CheckLimit / CheckInterval);

    private static readonly TimeSpan FamilyPatience = TimeSpan.FromSeconds(3);

    private long _answeredAt;
    private readonly Queue<UInt128> _asked = new();
    private bool _keepsConsent;
    private string? _goneBecause;

    /// <summary>Is called once when the server is found to be gone, with why; under locks, so that it only notes it.</summary>
    public Action<string>? Gone { get; set; }

    /// <summary>Is called when the server has answered a check of those that keep its consent.</summary>
    public Action? CheckAnswered { get; set; }

    long IDue.ScheduledAt { get; set; } = Deadlines.Never;

    /// <summary>Checks all candidates until one answers, and goes on with that alone.</summary>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public async Task ReachAsync(CancellationToken cancel)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, _end.Token);
        AddressFamily[] families = [.. _answer!.Candidates.Select(static candidate => candidate.AddressFamily).Distinct()];
        if (families.Length == 0)
        {
            throw new FormatException("The answer has no candidate.");
        }

        _isReaching = true;
        for (int turn = 0; ; turn++)
        {
            AddressFamily family = families[turn % families.Length];
            if (_at.AddressFamily != family)
            {
                await MoveAsync(family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any).ConfigureAwait(false);
            }

            if (await ReachAsync(family, families.Length > 1 ? FamilyPatience : Timeout.InfiniteTimeSpan, end.Token).ConfigureAwait(false) is { } reached)
            {
                _server = reached;
                _isReaching = false;
                break;
            }
        }

        // Now that only one counts, the system tells when nothing listens there.
        _socket.Connect(_server);
        _isConnected = true;
        await CheckAsync().WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>From now on the server is checked as browsers do it, which keeps its consent to send here.</summary>
    public void KeepConsent()
    {
        long now = ClientTimes.Shared.Now;
        lock (_lock)
        {
            _answeredAt = now;
            _keepsConsent = true;
        }

        ClientTimes.Shared.Schedule(this, now + Next());
    }

    /// <summary>Checks until an answer comes, and returns its octets.</summary>
    public async Task<byte[]> CheckAsync(bool nominates = true, bool controls = true, string? password = null, string? theirFragment = null)
    {
        // Whichever of them is answered: the way may take longer than the pause between two.
        var answered = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        while (true)
        {
            byte[] request = Check(out UInt128 transaction, nominates, controls, password, theirFragment);
            _checks[transaction] = answered;
            SendRaw(request);
            await Task.WhenAny(answered.Task, Task.Delay(Pause, TimeProvider.System, _end.Token)).ConfigureAwait(false);
            _end.Token.ThrowIfCancellationRequested();
            if (answered.Task.IsCompleted)
            {
                return await answered.Task.ConfigureAwait(false);
            }
        }
    }

    /// <summary>Composes a check.</summary>
    public byte[] Check(out UInt128 transaction, bool nominates = true, bool controls = true, string? password = null, string? theirFragment = null)
    {
        var id = new byte[12];
        RandomNumberGenerator.Fill(id);
        transaction = KeyOf(id);
        var octets = new byte[256];
        var request = new StunWriter(octets, StunMessage.BindingRequest, id);
        request.Add(StunAttribute.Username, Encoding.ASCII.GetBytes($"{theirFragment ?? _answer!.Fragment}:{_credentials.Fragment}"));
        request.Add(StunAttribute.Priority, [110, 0, 1, 255]);
        request.Add(controls ? StunAttribute.IceControlling : StunAttribute.IceControlled, [1, 2, 3, 4, 5, 6, 7, 8]);
        if (nominates)
        {
            request.Add(StunAttribute.UseCandidate, []);
        }

        request.Seal(Encoding.ASCII.GetBytes(password ?? _answer!.Password));
        return octets[..request.Length];
    }

    long IDue.OnDue(long now)
    {
        if (_end.IsCancellationRequested)
        {
            return Deadlines.Never;
        }

        lock (_lock)
        {
            if (_goneBecause is not null)
            {
                return Deadlines.Never;
            }

            if (_isHeld)
            {
                _answeredAt = now; // Answers may be there, and are not looked at.
            }
            else if (now - _answeredAt >= CheckLimit)
            {
                GoneBecause(FormattableString.Invariant($"the server has sent nothing for {CheckLimit / 1000} s, and answered no check"));
                return Deadlines.Never;
            }
        }

        // An answer may take longer than to the next check: on a machine that is busy it is also looked at late.
        if (_asked.Count == MostAsked)
        {
            _checks.TryRemove(_asked.Dequeue(), out _);
        }

        byte[] request = Check(out UInt128 transaction);
        _asked.Enqueue(transaction);
        _checks[transaction] = new TaskCompletionSource<byte[]>();
        SendRaw(request);
        return now + Next();
    }

    void IDue.OnFailure(Exception failure) => GoneBecause(failure.Message);

    private static long Next() => CheckInterval + Random.Shared.NextInt64(-CheckInterval / 10, CheckInterval / 10);

    private async Task<IPEndPoint?> ReachAsync(AddressFamily family, TimeSpan patience, CancellationToken cancel)
    {
        long since = TimeProvider.System.GetTimestamp();
        var asked = new List<(Task<byte[]> Answer, IPEndPoint At)>();
        while (patience == Timeout.InfiniteTimeSpan || TimeProvider.System.GetElapsedTime(since) < patience)
        {
            foreach (IPEndPoint candidate in _answer!.Candidates)
            {
                if (candidate.AddressFamily != family)
                {
                    continue;
                }

                byte[] request = Check(out UInt128 transaction, nominates: false);
                var answered = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
                _checks[transaction] = answered;
                asked.Add((answered.Task, candidate));
                SendRaw(request, candidate);
            }

            await Task.WhenAny([.. asked.Select(static one => one.Answer), Task.Delay(Pause, TimeProvider.System, cancel)]).ConfigureAwait(false);
            cancel.ThrowIfCancellationRequested();
            if (asked.Find(static one => one.Answer.IsCompletedSuccessfully) is { At: { } reached })
            {
                return reached;
            }
        }

        return null;
    }

    // Under the lock.
    private void OnHeard() => _answeredAt = ClientTimes.Shared.Now;

    private void OnCheckAnswered()
    {
        lock (_lock)
        {
            if (!_keepsConsent)
            {
                return;
            }

            OnHeard();
        }

        CheckAnswered?.Invoke();
    }

    /// <summary>What the system says of a datagram that was sent: that nothing listens there ends it, where there was something once.</summary>
    private void Judge(Exception fault)
    {
        if (fault is SocketException { SocketErrorCode: SocketError.ConnectionRefused } && _keepsConsent)
        {
            GoneBecause("nothing listens at the server's UDP port any more");
        }
    }

    private void GoneBecause(string why)
    {
        lock (_lock)
        {
            if (_goneBecause is not null)
            {
                return;
            }

            _goneBecause = why;
        }

        Gone?.Invoke(why);
    }
}
