using System.Net;
using System.Net.Sockets;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Transport;
using Org.BouncyCastle.Tls;

namespace Godwit.Server.Probes;

/// <summary>A peer of a server with its channel, from the offer on.</summary>
/// <remarks>It has a thread during its handshake alone, and no more than <see cref="MostHandshakes"/> are made at a time.</remarks>
internal sealed class DataChannelLink : IAsyncDisposable
{
    /// <summary>How many handshakes are made at a time, of all probes of this process.</summary>
    public const int MostHandshakes = 16;

    // How many characters may wait for a reader that is told of no bound: a little more than the longest entry.
    private const int MostUnread = 4 << 20;

    // That a check is answered needs nothing but the way; the rest is work, for which the server takes 30 s at most.
    private static readonly TimeSpan ReachPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly SemaphoreSlim Handshakes = new(MostHandshakes);
    private static readonly Lazy<DtlsIdentity> Identity = new(static () => DtlsIdentity.Make(TimeProvider.System));

    private readonly ClientPeer _peer;
    private readonly int _mostUnread;
    private readonly bool _isLossy;
    private ChannelClient? _client;
    private DataChannel? _reliable;
    private volatile bool _isClosing;
    private volatile bool _isAborted;

    /// <summary>Makes a peer that has offered nothing yet.</summary>
    /// <param name="target">Where it connects.</param>
    /// <param name="isLossy">Whether it opens the channel <c>lossy</c> too.</param>
    public DataChannelLink(ProbeTarget target, bool isLossy)
    {
        _isLossy = isLossy;

        // All probes are one client to their servers: to make a key for each would be most of their work.
        _peer = new ClientPeer(IPAddress.Any, Identity.Value, target.Datagrams);
        _mostUnread = target.ReceiveBuffer ?? MostUnread;
    }

    /// <summary>What is sent to the server.</summary>
    public string Offer => _peer.Offer;

    /// <summary>What its datagrams have carried so far.</summary>
    public WireTraffic Traffic => new(_peer.Sent.Octets, _peer.Taken.Octets);

    /// <summary>Whether the channel is open and the server there.</summary>
    public bool IsOpen => _client is { Why: null } && !_isAborted;

    /// <summary>Takes the server's answer, and returns when the channel is open.</summary>
    /// <exception cref="IOException">The server is not reached, or the handshake fails.</exception>
    /// <exception cref="ContractException">The answer is none.</exception>
    public async Task ConnectAsync(string answer, CancellationToken cancel)
    {
        try
        {
            _peer.Take(answer);
        }
        catch (Exception fault) when (fault is FormatException or InvalidOperationException or IndexOutOfRangeException or OverflowException)
        {
            throw new ContractException($"The answer to an offer is not one of ICE-lite: {fault.Message}", answer);
        }

        bool isReached = false;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(ReachPatience);
        using CancellationTokenRegistration end = limit.Token.UnsafeRegister(static peer => ((ClientPeer)peer!).Abort(), _peer);
        try
        {
            await _peer.ReachAsync(limit.Token).ConfigureAwait(false);
            isReached = true;
            limit.CancelAfter(Patience);
            _peer.Gone = _ => _peer.Abort();
            _peer.KeepConsent();
            await Handshakes.WaitAsync(limit.Token).ConfigureAwait(false);
            try
            {
                await _peer.HandshakeAsync().ConfigureAwait(false);
            }
            finally
            {
                Handshakes.Release();
            }

            _client = new ChannelClient(_peer, _mostUnread, gathersAll: true) { Closed = OnClosed };
            await _client.Connected.WaitAsync(limit.Token).ConfigureAwait(false);
            _reliable = _client.Open(PeerSession.Reliable);
            if (_isLossy)
            {
                _client.OpenLossy();
            }
        }
        catch (Exception fault) when (fault is TlsException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            cancel.ThrowIfCancellationRequested();
            throw new IOException(_isAborted ? "The peer was cut." : !limit.IsCancellationRequested ? $"The data channel could not be connected: {fault.Message}"
                : isReached ? $"The data channel was not connected within {Patience.TotalSeconds} s." : $"No check was answered within {ReachPatience.TotalSeconds} s: UDP does not come through.", fault);
        }
    }

    /// <summary>Sends a text message.</summary>
    /// <exception cref="IOException">The channel takes none.</exception>
    public void Send(string text)
    {
        if (_client is not { } client || client.Send(_reliable!, text) is var result && result != SendResult.Sent)
        {
            throw new IOException("The data channel takes no message.");
        }
    }

    /// <summary>The next line; null when there is none any more.</summary>
    /// <exception cref="ContractException">What came is not text.</exception>
    public async ValueTask<string?> ReadLineAsync(CancellationToken cancel)
    {
        try
        {
            return await _client!.ReadLineAsync(cancel).ConfigureAwait(false);
        }
        catch (FormatException fault)
        {
            throw new ContractException(fault.Message, "");
        }
    }

    /// <summary>Why nothing comes any more, and whether that was agreed on.</summary>
    public (string Why, bool IsOrderly) End => (_client?.Why ?? "it was never connected", !_isAborted && (_isClosing || _client is { IsOrderly: true }));

    /// <summary>Closes the channel, which ends the peer.</summary>
    public void Close()
    {
        if (_client is { Why: null } client && !_isClosing)
        {
            _isClosing = true;
            try
            {
                client.Close(_reliable!);
            }
            catch (ObjectDisposedException)
            {
                // It has just ended.
            }
        }
    }

    /// <summary>Tells the server that this end goes, as far as last packets can.</summary>
    public void SayFarewell()
    {
        if (_client is { Why: null } client && !_isAborted)
        {
            client.Abort();
            _peer.SendClose();
        }
    }

    /// <summary>Is gone without a word.</summary>
    public void Abort()
    {
        _isAborted = true;
        _peer.Abort();
        _client?.EndBy("cut by the probe");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_client is { } client)
        {
            await client.DisposeAsync().ConfigureAwait(false);
        }

        await _peer.DisposeAsync().ConfigureAwait(false);
    }

    private void OnClosed(DataChannel channel) => _client?.EndBy($"the channel {channel.Label} was closed");
}
