using System.Buffers.Binary;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.WebRtc.Dtls;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto.Impl.BC;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>What comes to a handshake from an address that a check has proven: a number of datagrams, each with its length before it.</summary>
public class HandshakeTargets
{
    private static readonly DtlsIdentity Identity = DtlsIdentity.Make(TimeProvider.System);
    private static readonly byte[] Hello = MakeHello();

    private static readonly byte[][] Seeds =
    [
        Datagrams(Hello),
        Datagrams(Piece(Hello, 0, 60, 0), Piece(Hello, 60, int.MaxValue, 1)),
        Datagrams(Piece(Hello, 60, int.MaxValue, 1), Piece(Hello, 0, 60, 0)),
        Datagrams(Hello, [21, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40]),
        Datagrams(Hello, [20, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 1], [22, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 0, 0, 40, .. new byte[40]]),
        Datagrams(Hello, [22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 7, 0, 15, 11, 0, 0, 3, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0]),
    ];

    private static readonly byte[][] Dictionary = [.. Tokens.Common, Hello, [22, 0xFE, 0xFD, 0, 0], [11, 0, 0, 3], [16, 0, 0x40, 0], [1, 0, 0], [0xC0, 0x2B], [0, 0x0A, 0, 4, 0, 2, 0, 23], [0, 13], [0, 14], [0xFF, 0x01], [0xFF, 0xFF, 0xFF]];

    [Fact]
    public void Whatever_comes_to_a_handshake_it_ends_and_holds_no_more_than_it_may() => Campaign.Run("dtls-handshake", Seeds, Dictionary, static (input, _) =>
    {
        var server = new HandshakeServer(Identity, [new byte[32]]);
        var transport = new Fed();
        var allowance = Allowance.Begin();
        for (ReadOnlySpan<byte> rest = input; rest.Length > 2;)
        {
            int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(rest), rest.Length - 2);
            transport.Add(rest.Slice(2, Math.Min(length, 2048)).ToArray());
            rest = rest[(2 + length)..];
        }

        string ended;
        try
        {
            new DtlsServerProtocol().Accept(server, transport);
            ended = "done";
        }
        catch (Exception failure)
        {
            // Whichever it is, it ends this peer alone.
            ended = failure is TlsFatalAlert alert ? $"alert {alert.AlertDescription}" : failure.GetType().Name;
        }

        // Sixteen messages of 16 KiB, and what keys, signatures and their large numbers take.
        allowance.Check(input.Length, 64, (16 * HandshakeMessages.Largest) + (8 << 20));
        Assert.Null(server.Keys);
        return new Signature().With(ended).With(transport.Sent);
    });

    private static byte[] MakeHello()
    {
        var transport = new Fed();
        try
        {
            new DtlsClientProtocol().Connect(new Client(), transport);
        }
        catch (Exception failure) when (failure is TlsFatalAlert or IOException)
        {
            // Nobody answers.
        }

        return transport.First!;
    }

    /// <summary>A piece of the one message of a record, in a record of its own.</summary>
    private static byte[] Piece(byte[] record, int from, int to, byte number)
    {
        byte[] body = record[(DtlsRecord.HeaderLength + DtlsRecord.HandshakeHeader)..];
        byte[] piece = body[from..Math.Min(to, body.Length)];
        int length = DtlsRecord.HandshakeHeader + piece.Length;
        return
        [
            .. record[..10], number, (byte)(length >> 8), (byte)length, .. record.AsSpan(DtlsRecord.HeaderLength, 6),
            0, (byte)(from >> 8), (byte)from, 0, (byte)(piece.Length >> 8), (byte)piece.Length, .. piece,
        ];
    }

    private static byte[] Datagrams(params byte[][] datagrams) => [.. datagrams.SelectMany(static one => (byte[])[(byte)(one.Length >> 8), (byte)one.Length, .. one])];

    /// <summary>A transport that has what came already, and is gone behind that.</summary>
    private sealed class Fed : DatagramTransport
    {
        private readonly HandshakeTransport _transport = new(static _ => { }, new HandshakeVerification());
        private int _waiting;

        public byte[]? First { get; private set; }

        public int Sent { get; private set; }

        public void Add(byte[] datagram) => _waiting += _transport.Add(datagram) ? 1 : 0;

        public int GetReceiveLimit() => _transport.GetReceiveLimit();

        public int GetSendLimit() => _transport.GetSendLimit();

        public int Receive(byte[] buf, int off, int len, int waitMillis) => Receive(buf.AsSpan(off, len), waitMillis);

        public int Receive(Span<byte> buffer, int waitMillis) => _waiting-- > 0 ? _transport.Receive(buffer, waitMillis) : throw new IOException("Nobody is there.");

        public void Send(byte[] buf, int off, int len) => Send(buf.AsSpan(off, len));

        public void Send(ReadOnlySpan<byte> buffer)
        {
            First ??= buffer.ToArray();
            Sent++;
        }

        public void Close()
        {
        }
    }

    private sealed class Client() : DefaultTlsClient(new BcTlsCrypto())
    {
        public override TlsAuthentication GetAuthentication() => throw new TlsFatalAlert(AlertDescription.internal_error);

        protected override ProtocolVersion[] GetSupportedVersions() => ProtocolVersion.DTLSv12.Only();

        protected override int[] GetSupportedCipherSuites() => [CipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256];
    }
}
