using System.Net;
using System.Text;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Ice;
using Godwit.WebRtc.Stun;
using Godwit.WebRtc.Udp;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>What strangers send to the UDP port: checks of ICE, and records of DTLS.</summary>
public class DatagramTargets
{
    private const string TheirFragment = "abcd";

    private static readonly IceCredentials Credentials = IceCredentials.Make();
    private static readonly UdpAddress From = UdpAddress.Of(IPEndPoint.Parse("192.0.2.1:4000").Serialize(), 0);
    private static readonly byte[] Block = new byte[DtlsKeys.BlockLength];

    private static readonly byte[][] Checks =
    [
        Check(),
        Check((StunAttribute.UseCandidate, [])),
        Check((StunAttribute.IceControlled, new byte[8])),
        Check((0x7FFE, [1, 2, 3])),
        Check((0xC057, [0, 1, 0, 10])),
    ];

    private static readonly byte[][] Records = MakeRecords();

    [Fact]
    public void A_check_is_genuine_only_as_it_was_made_and_its_answer_fits() => Campaign.Run(
        "stun",
        Checks,
        [.. Tokens.Common, [0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42], [0, 6, 0, 4], [0, 8, 0, 20], [0x80, 0x28, 0, 4], [0, 0x25, 0, 0], [0x80, 0x2A, 0, 8], Encoding.ASCII.GetBytes(Credentials.Fragment)],
        static (input, _) =>
        {
            byte[] given = [.. input];
            Span<byte> answer = stackalloc byte[CheckAnswer.MaxLength];
            bool isGenuine = false;
            int length = 0;
            int attributes = 0;
            CheckAnswer.Outcome outcome = default;
            var allowance = Allowance.Begin();
            bool isRead = BindingCheck.TryRead(input, out BindingCheck check);
            if (isRead)
            {
                foreach (StunAttributeView attribute in check.Message.Attributes)
                {
                    attributes = (attributes * 31) + attribute.Type;
                }

                isGenuine = check.IsGenuine(Credentials.PasswordOctets, Encoding.ASCII.GetBytes(TheirFragment));
                if (isGenuine)
                {
                    outcome = CheckAnswer.Compose(check, From, Credentials.PasswordOctets, answer, out length);
                }
            }

            allowance.Check(input.Length, 0, 64);
            if (isGenuine)
            {
                int signed = check.Message.IntegrityOffset;
                Assert.Contains(Checks, one => one.Length >= signed && one.AsSpan(4, signed - 4).SequenceEqual(given.AsSpan(4, signed - 4)));
                Assert.True(StunMessage.TryRead(answer[..length], out StunMessage said) && StunIntegrity.IsGenuine(said, Credentials.PasswordOctets));
            }

            return new Signature().With(isRead ? 1 : 0).With(isGenuine ? 1 : 0).With(attributes).With((int)outcome);
        });

    [Fact]
    public void Whatever_records_come_only_genuine_ones_are_opened_and_nothing_is_allocated() => Campaign.Run(
        "dtls-records",
        Records,
        [.. Records, [22, 0xFE, 0xFD], [23, 0xFE, 0xFD], [21, 0xFE, 0xFF], [20, 0xFE, 0xFD, 0, 0], [0, 1, 0, 0, 0, 0, 0, 1], [0, 0], [0xFF, 0xFF], [1, 0, 0, 50]],
        static (input, _) =>
        {
            // A record is opened where it lies, and inputs are kept.
            byte[] opened = [.. input];
            using var layer = new DtlsRecordLayer(DtlsKeys.Cut(Block, isServer: true), 1);
            var signature = new Signature().With(DtlsRecord.IsMeant(input) ? 1 : 0);
            int at = 0;
            Span<byte> rest = opened;
            var allowance = Allowance.Begin();
            while (DtlsRecord.TryTake(ref rest, out DtlsRecord record))
            {
                int length = record.Octets.Length;
                bool isModest = record.Type != DtlsRecord.Handshake || HandshakeMessages.AreModest(record.Content);
                bool isOpened = layer.TryOpen(record, out Span<byte> _);
                signature = signature.With(record.Type).With(record.IsClientHello ? 1 : 0).With(isModest ? 1 : 0).With(isOpened ? 1 : 0);
                if (isOpened && !IsSealed(input.AsSpan(at, length)))
                {
                    Assert.Fail("A record was opened that was not sealed.");
                }

                at += length;
            }

            allowance.Check(input.Length, 0);
            Assert.Equal(input.Length - at, rest.Length);
            return signature;
        });

    private static bool IsSealed(ReadOnlySpan<byte> record)
    {
        foreach (byte[] one in Records)
        {
            if (one.AsSpan().IndexOf(record) >= 0)
            {
                return true;
            }
        }

        return false;
    }

    private static byte[] Check(params (ushort Type, byte[] Value)[] more)
    {
        byte[] octets = new byte[256];
        var writer = new StunWriter(octets, StunMessage.BindingRequest, new byte[12]);
        writer.Add(StunAttribute.Username, Encoding.ASCII.GetBytes($"{Credentials.Fragment}:{TheirFragment}"));
        writer.Add(StunAttribute.Priority, [110, 0, 1, 255]);
        foreach ((ushort type, byte[] value) in more)
        {
            writer.Add(type, value);
        }

        writer.Seal(Credentials.PasswordOctets);
        return octets[..writer.Length];
    }

    private static byte[][] MakeRecords()
    {
        using var client = new DtlsRecordLayer(DtlsKeys.Cut(Block, isServer: false), 1);
        return
        [
            Seal(client, DtlsRecord.ApplicationData, new byte[40]),
            [.. Seal(client, DtlsRecord.ApplicationData, [1]), .. Seal(client, DtlsRecord.Alert, [1, 0])],
            [22, 0xFE, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 14, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 2, 0xFE, 0xFD],
            [20, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 5, 0, 1, 1, .. Seal(client, DtlsRecord.Handshake, new byte[24])],
        ];
    }

    private static byte[] Seal(DtlsRecordLayer layer, byte type, byte[] content)
    {
        byte[] record = new byte[content.Length + DtlsRecordLayer.Overhead];
        layer.Seal(type, content, record);
        return record;
    }
}
