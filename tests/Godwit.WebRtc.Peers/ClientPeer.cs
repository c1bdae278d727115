using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Stun;
using Org.BouncyCastle.Tls;

namespace Godwit.WebRtc.Peers;

/// <summary>A client of our own: a full agent of ICE that controls, and a DTLS client, over a socket of its own.</summary>
internal sealed class ClientPeer : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _end = new();
    private readonly IceCredentials _credentials = IceCredentials.Make();
    private readonly ConcurrentDictionary<UInt128, TaskCompletionSource<byte[]>> _checks = new();
    private readonly Lock _lock = new();
    private readonly IPAddress _at;
    private Socket _socket;
    private Task _receiving;
    private HandshakeTransport? _handshake;
    private DtlsRecordLayer? _records;
    private AnswerText? _answer;

    /// <summary>Makes a client.</summary>
    /// <param name="at">The address of its socket; the loopback address where null.</param>
    public ClientPeer(IPAddress? at = null)
    {
        _at = at ?? IPAddress.Loopback;
        Identity = DtlsIdentity.Make(TimeProvider.System);
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

    /// <summary>The server.</summary>
    public IPEndPoint Server => _answer!.Candidates.FirstOrDefault(candidate => candidate.Address.Equals(_at)) ?? _answer.Candidates.First(candidate => candidate.AddressFamily == _at.AddressFamily);

    /// <summary>What the last handshake was told by an alert.</summary>
    public short? Alert { get; private set; }

    /// <summary>How octets of an unknown extension make the ClientHello longer.</summary>
    public int Padding { get; set; }

    /// <summary>Changes what is sent during the handshake: the datagrams that go out for one.</summary>
    public Func<byte[], IEnumerable<byte[]>> Outgoing { get; set; } = static datagram => [datagram];

    /// <summary>Whether a datagram of DTLS that has come is lost.</summary>
    public Func<byte[], bool> Loses { get; set; } = static _ => false;

    /// <summary>Takes the content of records; under no lock.</summary>
    public Action<byte[]> Received { get; set; } = static _ => { };

    /// <summary>Whether the server said that it closes.</summary>
    public TaskCompletionSource Closed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Takes the server's answer.</summary>
    public void Take(string answer) => _answer = AnswerText.Parse(answer);

    /// <summary>Takes the answer, has an address proven, and makes the handshake.</summary>
    public async Task ConnectAsync(string answer)
    {
        Take(answer);
        await CheckAsync();
        await HandshakeAsync();
    }

    /// <summary>Checks until an answer comes, and returns its octets.</summary>
    public async Task<byte[]> CheckAsync(bool nominates = true, bool controls = true, string? password = null, string? theirFragment = null)
    {
        while (true)
        {
            byte[] request = Check(out UInt128 transaction, nominates, controls, password, theirFragment);
            var answered = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            _checks[transaction] = answered;
            SendRaw(request);
            await Task.WhenAny(answered.Task, Task.Delay(Pause, _end.Token));
            _end.Token.ThrowIfCancellationRequested();
            if (answered.Task.IsCompleted)
            {
                return await answered.Task;
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

    /// <summary>Makes the handshake.</summary>
    /// <exception cref="Exception">It failed.</exception>
    public Task HandshakeAsync() => Task.Factory.StartNew(Handshake, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Sends content in a record.</summary>
    public void Send(ReadOnlySpan<byte> packet) => SendRaw(Seal(DtlsRecord.ApplicationData, packet));

    /// <summary>Says that it closes.</summary>
    public void SendClose() => SendRaw(Seal(DtlsRecord.Alert, [1, 0]));

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

    /// <summary>Sends a datagram as it is.</summary>
    public void SendRaw(ReadOnlySpan<byte> datagram) => _socket.SendTo(datagram, SocketFlags.None, Server);

    /// <summary>Goes on from another port, as behind a NAT that has forgotten it.</summary>
    public async Task MoveAsync()
    {
        Socket before = _socket;
        _socket = Bind();
        before.Dispose();
        await _receiving;
        _receiving = ReceiveAsync(_socket);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _socket.Dispose();
        _handshake?.Close();
        await _receiving;
        _records?.Dispose();
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

    private Socket Bind()
    {
        var socket = new Socket(_at.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(_at, 0));
        return socket;
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
        while (true)
        {
            int length;
            try
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(_at.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0));
                length = received.ReceivedBytes;
                if (!received.RemoteEndPoint.Equals(Server))
                {
                    continue; // Agents of ICE take an answer only from where they asked.
                }
            }
            catch (Exception gone) when (gone is SocketException or ObjectDisposedException)
            {
                return;
            }

            Take(buffer.AsSpan(0, length).ToArray());
        }
    }

    private void Take(byte[] datagram)
    {
        if (StunMessage.TryRead(datagram, out StunMessage message))
        {
            if (StunIntegrity.IsGenuine(message, Encoding.ASCII.GetBytes(_answer!.Password)) && StunIntegrity.HasRightFingerprint(message) && _checks.TryRemove(KeyOf(message.TransactionId), out TaskCompletionSource<byte[]>? check))
            {
                check.TrySetResult(datagram);
            }

            return;
        }

        if (Loses(datagram))
        {
            return;
        }

        var contents = new List<byte[]>();
        lock (_lock)
        {
            if (_handshake is { } handshake)
            {
                handshake.Add(datagram);
                return;
            }

            Span<byte> left = datagram;
            while (_records is { } records && DtlsRecord.TryTake(ref left, out DtlsRecord record))
            {
                if (records.TryOpen(record, out Span<byte> content))
                {
                    if (record.Type == DtlsRecord.ApplicationData)
                    {
                        contents.Add(content.ToArray());
                    }
                    else if (record.Type == DtlsRecord.Alert)
                    {
                        Closed.TrySetResult();
                    }
                }
            }
        }

        foreach (byte[] content in contents)
        {
            Received(content);
        }
    }
}
