using Godwit.WebRtc.Dtls;
using Org.BouncyCastle.Tls;
using Org.BouncyCastle.Tls.Crypto;

namespace Godwit.WebRtc.Tests.Dtls;

/// <summary>What is sent under the keys of a handshake, by a client whose certificate is the right one.</summary>
public sealed class ModestCipherTests
{
    private static readonly byte[] Finished = [20, 0, 0, 12, 0, 4, 0, 0, 0, 0, 0, 12, .. new byte[12]];
    private static readonly byte[] Greedy = [20, 0xFF, 0xFF, 0xFF, 0, 5, 0, 0, 0, 0, 0, 0];

    [Fact]
    public void A_record_whose_message_announces_too_much_counts_as_corrupt()
    {
        Assert.Equal(Finished.Length, Open(ContentType.handshake, Finished).len);
        foreach (byte[] content in new[] { Greedy, [.. Finished, .. Greedy] })
        {
            Assert.Equal(AlertDescription.bad_record_mac, Assert.Throws<TlsFatalAlert>(() => Open(ContentType.handshake, content)).AlertDescription);
        }
    }

    [Fact]
    public void Content_that_is_no_handshake_is_not_looked_at() => Assert.Equal(Greedy.Length, Open(ContentType.application_data, Greedy).len);

    private static TlsDecodeResult Open(short type, byte[] content) =>
        new ModestCipher(TlsNullNullCipher.Instance).DecodeCiphertext(0, type, ProtocolVersion.DTLSv12, [9, .. content], 1, content.Length);
}
