using System.Buffers.Binary;
using Org.BouncyCastle.Tls;

namespace Godwit.WebRtc.Dtls;

/// <summary>What BouncyCastle reads and writes during a handshake: a queue that the UDP loop fills, and the peer's path.</summary>
/// <remarks>
/// As a server BouncyCastle changes keys at the ChangeCipherSpec that it reads, also while it waits for the CertificateVerify before it, which it then never
/// takes: neither when the network has only reordered the two nor when the client sends it again. So what goes under keys, and the change, wait here for it.
/// </remarks>
/// <param name="send">Sends a datagram to the peer.</param>
/// <param name="verification">Tells when the client's CertificateVerify has come; null at a client, whose server sends none.</param>
internal sealed class HandshakeTransport(Action<ReadOnlyMemory<byte>> send, HandshakeVerification? verification = null) : DatagramTransport
{
    /// <summary>The datagrams that wait at most; what comes above that is lost, and sent again.</summary>
    public const int MostWaiting = 16;

    /// <summary>How many of these may be waiting for the CertificateVerify: a flight of the smallest datagrams. Else they could take the place that it needs.</summary>
    private const int MostEarly = 4;

    private const int SendLimit = 1200;
    private const int ReceiveLimit = 2048;

    private readonly Lock _gate = new();
    private readonly Queue<byte[]> _arrived = new();
    private readonly Queue<byte[]> _early = new();
    private readonly SemaphoreSlim _count = new(0);
    private bool _isClosed;

    /// <summary>The first number of epoch 1 that no record has had.</summary>
    public ulong NextNumber { get; private set; }

    /// <summary>The datagrams of the last flight, which the client may ask for again.</summary>
    public List<byte[]> LastFlight { get; } = [];

    /// <summary>Adds a datagram that came from the peer; false when it is lost, as one whose messages announce more than <see cref="HandshakeMessages.Largest"/> is.</summary>
    public bool Add(Span<byte> datagram)
    {
        if (!IsModest(datagram))
        {
            return false;
        }

        lock (_gate)
        {
            if (_isClosed || _arrived.Count >= MostWaiting)
            {
                return false;
            }

            byte[] copy = datagram.ToArray();
            if (verification?.IsEarly(copy) == true)
            {
                bool isKept = _early.Count < MostEarly;
                if (isKept)
                {
                    _early.Enqueue(copy);
                }

                return isKept;
            }

            Enqueue(copy);
            while (verification is { HasCome: true } && _early.TryDequeue(out byte[]? waited))
            {
                Enqueue(waited);
            }
        }

        return true;
    }

    /// <summary>The datagrams that the handshake has left unread.</summary>
    public IEnumerable<byte[]> TakeRest()
    {
        lock (_gate)
        {
            _isClosed = true;
            byte[][] rest = [.. _arrived, .. _early];
            _arrived.Clear();
            _early.Clear();
            return rest;
        }
    }

    /// <inheritdoc/>
    public int GetReceiveLimit() => ReceiveLimit;

    /// <inheritdoc/>
    public int GetSendLimit() => SendLimit;

    /// <inheritdoc/>
    public int Receive(byte[] buf, int off, int len, int waitMillis) => Receive(buf.AsSpan(off, len), waitMillis);

    /// <inheritdoc/>
    public int Receive(Span<byte> buffer, int waitMillis)
    {
        if (!_count.Wait(waitMillis))
        {
            return -1;
        }

        lock (_gate)
        {
            if (_isClosed)
            {
                throw new TlsFatalAlert(AlertDescription.user_canceled);
            }

            byte[] datagram = _arrived.Dequeue();
            int length = Math.Min(datagram.Length, buffer.Length);
            datagram.AsSpan(0, length).CopyTo(buffer);
            return length;
        }
    }

    /// <inheritdoc/>
    public void Send(byte[] buf, int off, int len) => Send(buf.AsSpan(off, len));

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> buffer)
    {
        byte[] datagram = buffer.ToArray();
        Note(datagram);
        send(datagram);
    }

    /// <inheritdoc/>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            _arrived.Clear();
            _early.Clear();
        }

        _count.Release();
    }

    private void Enqueue(byte[] datagram)
    {
        _arrived.Enqueue(datagram);
        _count.Release();
    }

    /// <summary>Whether the datagram is whole records, and the messages in them are what they say.</summary>
    private static bool IsModest(Span<byte> datagram)
    {
        while (DtlsRecord.TryTake(ref datagram, out DtlsRecord record))
        {
            if (record.Type == DtlsRecord.Handshake && record.Epoch == 0 && !HandshakeMessages.AreModest(record.Content))
            {
                return false;
            }
        }

        // What we cannot read BouncyCastle is not to read in another way.
        return datagram.IsEmpty;
    }

    /// <summary>Notes what the record layer after this one has to know: which numbers are used, and what the last flight was.</summary>
    private void Note(byte[] datagram)
    {
        Span<byte> left = datagram;
        bool isLast = LastFlight.Count > 0;
        while (DtlsRecord.TryTake(ref left, out DtlsRecord record))
        {
            isLast |= record.Type == DtlsRecord.ChangeCipherSpec;
            if (record.Epoch == 1)
            {
                NextNumber = Math.Max(NextNumber, (BinaryPrimitives.ReadUInt64BigEndian(record.Octets[3..]) & ((1UL << 48) - 1)) + 1);
            }
        }

        if (isLast)
        {
            LastFlight.Add(datagram);
        }
    }
}
