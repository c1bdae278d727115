using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Stun;
using Org.BouncyCastle.Tls;

namespace Godwit.WebRtc.Client;

/// <summary>A client of our own: a full agent of ICE that controls, and a DTLS client, over a socket of its own.</summary>
/// <remarks>It has a thread only while it makes its handshake. It sends whatever it is told to, broken datagrams included.</remarks>
internal sealed partial class ClientPeer : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _end = new();
    private readonly IceCredentials _credentials = IceCredentials.Make();
    private readonly ConcurrentDictionary<UInt128, TaskCompletionSource<byte[]>> _checks = new();
    private readonly Lock _lock = new();
    private readonly Func<AddressFamily, Socket> _sockets;
    private IPAddress _at;
    private volatile Socket _socket;
    private Task _receiving;
    private HandshakeTransport? _handshake;
    private DtlsRecordLayer? _records;
    private AnswerText? _answer;
    private IPEndPoint? _server;
    private bool _isReaching;
    private volatile bool _isConnected;
    private volatile bool _isHeld;

    /// <summary>Makes a client.</summary>
    /// <param name="at">The address of its socket; the loopback address where null.</param>
    /// <param name="identity">Whom the offer announces; null for one of its own.</param>
    /// <param name="sockets">Makes its sockets, which are of UDP; null makes them here.</param>
    public ClientPeer(IPAddress? at = null, DtlsIdentity? identity = null, Func<AddressFamily, Socket>? sockets = null)
    {
        _at = at ?? IPAddress.Loopback;
        _sockets = sockets ?? (static family => new Socket(family, SocketType.Dgram, ProtocolType.Udp));
        Identity = identity ?? DtlsIdentity.Make(TimeProvider.System);
        Shown = Identity;
        _socket = Bind();
        _receiving = ReceiveAsync(_socket);
    }

    /// <summary>Whom the offer announces.</summary>
    public DtlsIdentity Identity { get; }

    /// <summary>Whose certificate is shown; null for none.</summary>
    public DtlsIdentity? Shown { get; set; }

    /// <summary>Its user name fragment.</summary>
    public string Fragment => _credentials.Fragment;

    /// <summary>The offer.</summary>
    public string Offer => OfferText.Compose(_credentials, Identity.Fingerprint);

    /// <summary>Where it sends from.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>The fingerprint of the answer.</summary>
    public byte[] ServerFingerprint => _answer!.Fingerprint;

    /// <summary>The server: the candidate that was reached; before one was, that at the address of this client's socket, or the first of its family.</summary>
    public IPEndPoint Server => _server ?? _answer!.Candidates.FirstOrDefault(candidate => candidate.Address.Equals(_at)) ?? _answer.Candidates.First(candidate => candidate.AddressFamily == _at.AddressFamily);

    /// <summary>What the last handshake was told by an alert.</summary>
    public short? Alert { get; private set; }

    /// <summary>How octets of an unknown extension make the ClientHello longer.</summary>
    public int Padding { get; set; }

    /// <summary>Changes what is sent during the handshake: the datagrams that go out for one.</summary>
    public Func<byte[], IEnumerable<byte[]>> Outgoing { get; set; } = static datagram => [datagram];

    /// <summary>Whether a datagram of DTLS that has come is lost; null for none.</summary>
    public Func<byte[], bool>? Loses { get; set; }

    /// <summary>Takes the content of records; under no lock.</summary>
    public Action<ReadOnlySpan<byte>> Received { get; set; } = static _ => { };

    /// <summary>Holds the receiving up: what comes meanwhile waits in the kernel, and then is lost. Null for never.</summary>
    public Func<Task?>? Hold { get; set; }

    /// <summary>Whether the server said that it closes.</summary>
    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What it has sent.</summary>
    public DatagramCount Sent { get; } = new();

    /// <summary>What it has received.</summary>
    public DatagramCount Taken { get; } = new();

    /// <summary>Takes the server's answer.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public void Take(string answer) => _answer = AnswerText.Parse(answer);

    /// <summary>Takes the answer, has an address proven, and makes the handshake.</summary>
    public async Task ConnectAsync(string answer)
    {
        Take(answer);
        await CheckAsync().ConfigureAwait(false);
        await HandshakeAsync().ConfigureAwait(false);
    }

    /// <summary>Makes the handshake.</summary>
    /// <exception cref="Exception">It failed.</exception>
    public Task HandshakeAsync() => Task.Factory.StartNew(Handshake, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Sends content in a record.</summary>
    public void Send(ReadOnlySpan<byte> packet)
    {
        Span<byte> record = stackalloc byte[2048];
        int length = packet.Length + DtlsRecordLayer.Overhead;
        record = length <= record.Length ? record[..length] : new byte[length];
        lock (_lock)
        {
            if (_records is not { } records)
            {
                return; // It has ended.
            }

            records.Seal(DtlsRecord.ApplicationData, packet, record);
        }

        SendRaw(record);
    }

    /// <summary>Says that it closes.</summary>
    public void SendClose()
    {
        lock (_lock)
        {
            if (_records is null)
            {
                return;
            }
        }

        SendRaw(Seal(DtlsRecord.Alert, [1, 0]));
    }

    /// <summary>Seals a record without sending it.</summary>
    public byte[] Seal(byte type, ReadOnlySpan<byte> packet)
    {
        var record = new byte[packet.Length + DtlsRecordLayer.Overhead];
        lock (_lock)
        {
            _records!.Seal(type, packet, record);
        }

        return record;
    }

    /// <summary>Sends a datagram as it is. One that the system does not take is lost, as on the way.</summary>
    public void SendRaw(ReadOnlySpan<byte> datagram) => SendRaw(datagram, _isConnected ? null : Server);

    /// <summary>Goes on from another port, as behind a NAT that has forgotten it.</summary>
    /// <param name="at">The address of the new socket; that of the old one where null.</param>
    public async Task MoveAsync(IPAddress? at = null)
    {
        Socket before = _socket;
        _at = at ?? _at;
        _socket = Bind();
        RecentPorts.Shared.Close(before);
        await _receiving.ConfigureAwait(false);
        _receiving = ReceiveAsync(_socket);
    }

    /// <summary>Is gone at once, without a word to the server.</summary>
    public void Abort()
    {
        _end.Cancel();
        RecentPorts.Shared.Close(_socket);
        HandshakeTransport? handshake;
        lock (_lock)
        {
            handshake = _handshake;
        }

        handshake?.Close();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Abort();
        await _receiving.ConfigureAwait(false);
        lock (_lock)
        {
            _records?.Dispose();
            _records = null;
        }
    }

    private static UInt128 KeyOf(ReadOnlySpan<byte> transaction)
    {
        UInt128 key = 0;
        foreach (byte octet in transaction)
        {
            key = (key << 8) | octet;
        }

        return key;
    }

    private Socket Bind() => RecentPorts.Shared.Bind(_sockets, _at);

    private void SendRaw(ReadOnlySpan<byte> datagram, IPEndPoint? to)
    {
        Socket socket = _socket;
        try
        {
            _ = to is null ? socket.Send(datagram, SocketFlags.None) : socket.SendTo(datagram, SocketFlags.None, to);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            Judge(lost);
            return;
        }

        Sent.Add(datagram.Length, _at.AddressFamily);
    }

    private void Handshake()
    {
        var transport = new HandshakeTransport(datagram =>
        {
            foreach (byte[] one in Outgoing(datagram.ToArray()))
            {
                SendRaw(one);
            }
        });
        lock (_lock)
        {
            _handshake = transport;
        }

        if (_end.IsCancellationRequested)
        {
            transport.Close();
        }

        var client = new HandshakeClient(Shown, _answer!.Fingerprint) { Padding = Padding };
        try
        {
            new DtlsClientProtocol().Connect(client, transport);
        }
        finally
        {
            Alert = client.Alert;
        }

        lock (_lock)
        {
            _records = new DtlsRecordLayer(client.Keys!, transport.NextNumber);
            _handshake = null;
        }

        foreach (byte[] left in transport.TakeRest())
        {
            Take(left);
        }
    }

    private async Task ReceiveAsync(Socket socket)
    {
        var buffer = new byte[2048];
        var anywhere = new IPEndPoint(_at.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        while (true)
        {
            int length;
            try
            {
                if (_isConnected)
                {
                    length = await socket.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false);
                }
                else
                {
                    SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, anywhere).ConfigureAwait(false);
                    length = received.ReceivedBytes;
                    if (_answer is null)
                    {
                        continue; // It is for whoever had the port before.
                    }

                    if (!(_isReaching ? _answer!.Candidates.Contains((IPEndPoint)received.RemoteEndPoint) : received.RemoteEndPoint.Equals(Server)))
                    {
                        continue; // Agents of ICE take an answer only from where they asked.
                    }
                }
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused && !_end.IsCancellationRequested)
            {
                Judge(refused);
                continue;
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return; // It is disposed, or another one has taken its place.
            }

            Taken.Add(length, socket.AddressFamily);
            try
            {
                Take(buffer.AsSpan(0, length));
            }
            catch (Exception failure)
            {
                // Nobody is above this loop.
                GoneBecause(failure.Message);
            }

            if (Hold?.Invoke() is { } hold)
            {
                _isHeld = true;
                await hold.ConfigureAwait(false);
                _isHeld = false;
            }
        }
    }

    private void Take(Span<byte> datagram)
    {
        if (StunMessage.TryRead(datagram, out StunMessage message))
        {
            if (StunIntegrity.IsGenuine(message, Encoding.ASCII.GetBytes(_answer!.Password)) && StunIntegrity.HasRightFingerprint(message) && _checks.TryRemove(KeyOf(message.TransactionId), out TaskCompletionSource<byte[]>? check))
            {
                check.TrySetResult(datagram.ToArray());
                OnCheckAnswered();
            }

            return;
        }

        if (Loses?.Invoke(datagram.ToArray()) ?? false)
        {
            return;
        }

        lock (_lock)
        {
            if (_handshake is { } handshake)
            {
                handshake.Add(datagram);
                return;
            }
        }

        while (true)
        {
            scoped DtlsRecord record;
            scoped Span<byte> content;
            lock (_lock)
            {
                if (_records is not { } records || !DtlsRecord.TryTake(ref datagram, out record))
                {
                    return;
                }

                if (!records.TryOpen(record, out content))
                {
                    continue;
                }

                OnHeard();
            }

            if (record.Type == DtlsRecord.ApplicationData)
            {
                Received(content);
            }
            else if (record.Type == DtlsRecord.Alert)
            {
                Closed.TrySetResult();
                GoneBecause("the server closed the DTLS connection");
            }
        }
    }
}
