using System.Net;
using Godwit.Limits;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Udp;
using Org.BouncyCastle.Tls;

namespace Godwit.WebRtc.Peers;

/// <content>DTLS: the handshake, and records afterwards.</content>
internal sealed partial class Peer : IHandshake
{
    /// <summary>How often the last flight is sent again at most, in ms.</summary>
    private const long ResendPause = 100;

    private const byte FatalLevel = 2;
    private const byte CloseNotify = 0;

    private HandshakeTransport? _transport;
    private DtlsRecordLayer? _records;
    private IPeerAssociation? _association;
    private List<byte[]>? _lastFlight;
    private long _resentAt;
    private object? _share;

    /// <inheritdoc/>
    object? IHandshake.Share => _share;

    /// <summary>Takes a datagram of DTLS from an address that is this peer's.</summary>
    public void TakeRecords(Span<byte> datagram, in UdpAddress from)
    {
        lock (Gate)
        {
            long now = _all.Deadlines.Now;
            if (_stage == Stage.Ended || !_paths.TryFind(from, out UdpPath? path) || now - path.CheckedAt >= ConsentLife)
            {
                return;
            }

            switch (_stage)
            {
                case Stage.Answered when IsClientHello(datagram):
                    BeginHandshake(datagram);
                    break;
                case Stage.Handshaking:
                    _transport!.Add(datagram);
                    break;
                case Stage.Connected:
                    Open(datagram, now);
                    break;
            }
        }
    }

    /// <summary>Sends content in a record. Under the peer's lock.</summary>
    /// <param name="packet">At most <see cref="Godwit.WebRtc.Dtls.DtlsRecordLayer.MaxContent"/> octets.</param>
    public void SendPacket(ReadOnlySpan<byte> packet) => Send(DtlsRecord.ApplicationData, packet);

    /// <summary>Says that the association's <see cref="IPeerAssociation.Deadline"/> may have come nearer. Under the peer's lock.</summary>
    public void Reschedule()
    {
        if (_association is { } association && association.Deadline < ((IDue)this).ScheduledAt)
        {
            _all.Deadlines.Schedule(this, association.Deadline);
        }
    }

    /// <inheritdoc/>
    void IHandshake.Run()
    {
        if (_transport is not { } transport)
        {
            return; // It has ended meanwhile.
        }

        var server = new HandshakeServer(_all.Identity, _plan.Offer.Fingerprints);
        try
        {
            new DtlsServerProtocol().Accept(server, transport);
        }
        catch (Exception failure)
        {
            // Whatever a stranger sent, one peer fails by it.
            Log.HandshakeFailed(_all.Logger, Credentials.Fragment, failure);
            End(PeerEnd.HandshakeFailed);
            return;
        }

        try
        {
            OnHandshake(server.Keys!, transport);
        }
        catch (Exception failure)
        {
            OnFailure(failure);
        }
    }

    /// <inheritdoc/>
    void IHandshake.Drop() => End(PeerEnd.Stopped);

    private static bool IsClientHello(Span<byte> datagram) => DtlsRecord.TryTake(ref datagram, out DtlsRecord record) && record.IsClientHello;

    /// <remarks>Loopback addresses are many clients' on the machine of a test or of a proxy.</remarks>
    private static object? ShareOf(in UdpAddress address)
    {
        Span<byte> octets = stackalloc byte[UdpAddress.MaxLength];
        var ip = new IPAddress(octets[..address.Write(octets)]);
        return IPAddress.IsLoopback(ip) ? null : AddressKey.Of(ip);
    }

    private void BeginHandshake(Span<byte> datagram)
    {
        var transport = new HandshakeTransport(SendHandshake, new HandshakeVerification());
        if (!transport.Add(datagram))
        {
            return;
        }

        _transport = transport;
        _share = ShareOf(_paths.Selected!.Address);
        _stage = Stage.Handshaking;
        if (!_all.Threads.TryAdd(this))
        {
            // As if it had been lost on the way: the client sends it again.
            _transport = null;
            _stage = Stage.Answered;
        }
    }

    private void OnHandshake(DtlsKeys keys, HandshakeTransport transport)
    {
        lock (Gate)
        {
            if (_stage == Stage.Ended)
            {
                return;
            }

            _records = new DtlsRecordLayer(keys, transport.NextNumber);
            _lastFlight = transport.LastFlight;
            _transport = null;
            _stage = Stage.Connected;
            _association = _all.Associate(this);
            Log.Connected(_all.Logger, Credentials.Fragment, _paths.Selected!.Address);
            foreach (byte[] datagram in transport.TakeRest())
            {
                if (_stage == Stage.Connected)
                {
                    Open(datagram, _all.Deadlines.Now);
                }
            }

            Reschedule();
        }
    }

    private void Open(Span<byte> datagram, long now)
    {
        while (_stage == Stage.Connected && DtlsRecord.TryTake(ref datagram, out DtlsRecord record))
        {
            if (record.Type == DtlsRecord.Handshake && record.Epoch <= 1)
            {
                // The client has not seen our last flight. It is the same octets again, so no number is used twice.
                ResendLastFlight(now);
            }
            else if (record.Epoch == 1 && _records!.TryOpen(record, out Span<byte> content))
            {
                Take(record.Type, content, now);
            }
        }
    }

    private void Take(byte type, Span<byte> content, long now)
    {
        switch (type)
        {
            case DtlsRecord.ApplicationData:
                _lastFlight = null;
                _association!.Receive(content, now);
                Reschedule();
                break;
            case DtlsRecord.Alert when content.Length == 2 && (content[0] == FatalLevel || content[1] == CloseNotify):
                End(PeerEnd.ClosedByClient);
                break;
        }
    }

    private void ResendLastFlight(long now)
    {
        if (_lastFlight is null || now - _resentAt < ResendPause)
        {
            return;
        }

        _resentAt = now;
        foreach (byte[] sent in _lastFlight)
        {
            _paths.Selected!.Send(sent);
        }
    }

    private void SendHandshake(ReadOnlyMemory<byte> datagram)
    {
        lock (Gate)
        {
            if (_stage == Stage.Handshaking)
            {
                _paths.Selected!.Send(datagram.Span);
            }
        }
    }

    private void Send(byte type, ReadOnlySpan<byte> content)
    {
        if (_stage != Stage.Connected)
        {
            return;
        }

        Span<byte> record = stackalloc byte[DtlsRecordLayer.MaxContent + DtlsRecordLayer.Overhead];
        int length = _records!.Seal(type, content, record);
        _paths.Selected!.Send(record[..length]);
    }

    private void SayFarewell()
    {
        _association?.SayFarewell();
        Send(DtlsRecord.Alert, [1, CloseNotify]);
    }

    private void EndRecords()
    {
        _transport?.Close();
        _transport = null;
        _records?.Dispose();
        _lastFlight = null;
    }
}
