using System.Buffers.Text;
using System.Net;
using System.Text;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;

namespace Godwit.Bench.Generator;

/// <summary>A session over data channels of a peer of its own, which reads one room.</summary>
internal sealed class PeerReader : IChannelHandler, IAsyncDisposable
{
    private static readonly byte[] s_offset = "\"offset\":"u8.ToArray();

    private readonly ClientPeer _peer;
    private readonly Ledger _ledger;
    private readonly Progress _progress;
    private readonly ChannelEndpoint _channels;
    private readonly Lock _gate = new();
    private readonly bool _isLossy;
    private readonly TaskCompletionSource _joined = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DataChannel? _lossy;
    private int _overLossy;

    private PeerReader(ClientPeer peer, Ledger ledger, Progress progress, Stopwatches? times, bool isLossy)
    {
        _peer = peer;
        _isLossy = isLossy;
        _ledger = ledger;
        _progress = progress;
        Times = times;
        _channels = new ChannelEndpoint(new ChannelOptions(), this, isDtlsClient: true) { PeerLargestMessage = 256 << 10 };
    }

    /// <summary>How long entries were under way; null where that is not taken.</summary>
    public Stopwatches? Times { get; }

    /// <summary>How many entries came over a channel that may lose them.</summary>
    public int OverLossy => Volatile.Read(ref _overLossy);

    /// <summary>Whether it has a channel that may lose entries, and the server has not closed it.</summary>
    public bool HasLossy => _lossy is { State: ChannelState.Open };

    /// <summary>Connects a peer and joins the room, as of now.</summary>
    /// <param name="peer">The peer; disposed with the reader.</param>
    /// <param name="http">By which the offer is sent.</param>
    /// <param name="session">Where to.</param>
    /// <param name="room">The room.</param>
    /// <param name="ledger">What checks the entries.</param>
    /// <param name="progress">What is told of them.</param>
    /// <param name="times">Takes their times.</param>
    /// <param name="isLossy">Whether it opens the channel that may lose entries too, and asks for the newest alone.</param>
    /// <param name="begun">Told of the reader before it is complete, so that somebody does what is due meanwhile.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task ConnectAsync(ClientPeer peer, HttpClient http, Uri session, string room, Ledger ledger, Progress progress, Stopwatches? times, bool isLossy, Action<PeerReader> begun, CancellationToken cancel)
    {
        PeerReader reader = new(peer, ledger, progress, times, isLossy);
        using HttpResponseMessage answer = await http.PostAsync(session, new StringContent(peer.Offer, Encoding.UTF8, "application/sdp"), cancel).ConfigureAwait(false);
        string sdp = await answer.Content.ReadAsStringAsync(cancel).ConfigureAwait(false);
        if (answer.StatusCode != HttpStatusCode.Created)
        {
            throw new BenchFault($"An offer was answered {(int)answer.StatusCode}: {sdp}");
        }

        peer.Received = reader.Receive;
        await peer.ConnectAsync(sdp).WaitAsync(cancel).ConfigureAwait(false);
        peer.KeepConsent();
        begun(reader);
        reader.Begin(room);
        await reader._joined.Task.WaitAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Does what is due.</summary>
    public void Tick(long now)
    {
        lock (_gate)
        {
            if (now >= _channels.NextDeadline)
            {
                _channels.OnDeadline(now);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _channels.Abort(Environment.TickCount64);
        }

        _peer.Received = static _ => { };
        await _peer.DisposeAsync().ConfigureAwait(false);
    }

    void IChannelHandler.Send(ReadOnlySpan<byte> packet) => _peer.Send(packet);

    void IChannelHandler.OnConnected()
    {
    }

    void IChannelHandler.OnChannelOpened(DataChannel channel)
    {
    }

    void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message)
    {
        Times?.Start();
        if (!_joined.Task.IsCompleted && message.IndexOf("\"op\":\"joined\""u8) >= 0)
        {
            _joined.TrySetResult();
        }

        int deliveries = 0;
        for (int at; (at = message.IndexOf(s_offset)) >= 0;)
        {
            message = message[(at + s_offset.Length)..];
            string? fault = Utf8Parser.TryParse(message, out long number, out _) ? _ledger.Note(number) : "an offset is no number";
            if (fault is not null)
            {
                _progress.Fail(fault);
            }

            deliveries++;
            _overLossy += channel == _lossy ? 1 : 0;
            Times?.Arrived(message);
        }

        _progress.Add(deliveries, 1);
    }

    void IChannelHandler.OnMaySend(DataChannel channel)
    {
    }

    void IChannelHandler.OnBufferedLow(DataChannel channel)
    {
    }

    void IChannelHandler.OnChannelClosed(DataChannel channel)
    {
    }

    void IChannelHandler.OnEnded(AssociationEnd end)
    {
        if (end.Kind != AssociationEndKind.Aborted)
        {
            _progress.Fail($"a peer's association ended: {end.Kind}");
        }
    }

    private void Begin(string room)
    {
        lock (_gate)
        {
            long now = Environment.TickCount64;
            _channels.Connect(now);
            DataChannel channel = _channels.Open("reliable", "", new DeliveryTerms(), now)!;
            channel.Send(MessageKind.Text, """{"op":"hello"}"""u8, now);
            if (_isLossy)
            {
                _lossy = _channels.Open("lossy", "", new DeliveryTerms(isUnordered: true, mostRetransmissions: 0), now);
            }

            channel.Send(MessageKind.Text, Encoding.ASCII.GetBytes($$$"""{"op":"join","room":"{{{room}}}"{{{(_isLossy ? ",\"delivery\":\"latest\"" : "")}}}}"""), now);
        }
    }

    private void Receive(ReadOnlySpan<byte> packet)
    {
        lock (_gate)
        {
            _channels.Receive(packet, Environment.TickCount64);
        }
    }
}
