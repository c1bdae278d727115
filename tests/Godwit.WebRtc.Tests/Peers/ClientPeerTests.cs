using System.Text;
using CsCheck;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Dtls;
using Godwit.WebRtc.Peers;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>What the client's end does that probes rely on.</summary>
public sealed class ClientPeerTests
{
    private const int Headers = 28;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Datagrams_are_counted_with_the_headers_of_UDP_and_IP_in_both_directions()
    {
        using var scene = new ServerScene();
        await using var client = new ClientPeer();
        await scene.ConnectAsync(client);
        (long sent, long taken) = (client.Sent.Octets, client.Taken.Octets);
        int came = 0;
        client.Received = content => came += content.Length == 100 ? 1 : 0;

        for (int i = 0; i < 10; i++)
        {
            client.Send(new byte[100]);
        }

        await ServerScene.UntilAsync(() => came == 10);
        Assert.Equal(10 * (100 + DtlsRecordLayer.Overhead + Headers), client.Sent.Octets - sent);
        Assert.Equal(10 * (100 + DtlsRecordLayer.Overhead + Headers), client.Taken.Octets - taken);
    }

    [Fact]
    public async Task Of_several_candidates_the_one_that_answers_is_gone_on_with()
    {
        using var scene = new ServerScene();
        await using var client = new ClientPeer(System.Net.IPAddress.Any);
        string answer = scene.Answer(client.Offer).Answer!;
        string line = answer.Split("\r\n").Single(static line => line.StartsWith("a=candidate:", StringComparison.Ordinal) && line.Contains(" 127.0.0.1 ", StringComparison.Ordinal));
        string port = line.Split(' ')[5];

        // Nobody is at the first two.
        string closed = line.Replace($" {port} ", " 9 ", StringComparison.Ordinal);
        string away = line.Replace(" 127.0.0.1 ", " 192.0.2.1 ", StringComparison.Ordinal);
        client.Take(answer.Replace(line, $"{closed}\r\n{away}\r\n{line}", StringComparison.Ordinal));
        await client.ReachAsync(Cancel).WaitAsync(ServerScene.Limit, Cancel);
        await client.HandshakeAsync().WaitAsync(ServerScene.Limit, Cancel);

        Assert.Contains(client.Server, scene.Server.EndPoints);
        await ServerScene.EchoAsync(client, [1, 2, 3]);
    }

    [Fact]
    public async Task What_is_meant_for_whoever_had_the_port_before_is_dropped()
    {
        using var scene = new ServerScene();
        await using var client = new ClientPeer();
        using (var other = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp))
        {
            for (int i = 0; i < 3; i++)
            {
                other.SendTo(new byte[100], client.EndPoint);
            }
        }

        await scene.ConnectAsync(client);
        await ServerScene.EchoAsync(client, [1, 2, 3]);
    }

    [Fact]
    public async Task That_nobody_listens_any_more_is_known_at_once()
    {
        var scene = new ServerScene();
        await using var client = new ClientPeer(System.Net.IPAddress.Any);
        string? why = null;
        client.Gone = said => why ??= said;
        client.Take(scene.Answer(client.Offer).Answer!);
        await client.ReachAsync(Cancel).WaitAsync(ServerScene.Limit, Cancel);
        await client.HandshakeAsync().WaitAsync(ServerScene.Limit, Cancel);
        client.KeepConsent();

        scene.Dispose();

        // The farewell may be what is heard of first.
        await ServerScene.UntilAsync(() =>
        {
            client.Send([1]);
            return why is not null;
        });
    }

    [Fact]
    public void Lines_are_the_same_however_they_are_cut_into_messages()
    {
        string text = string.Join('\n', Enumerable.Range(0, 40).Select(static i => new string('é', i % 7) + i)) + "\n";
        Gen.Int[1, 30].Array[1, 400].Sample(lengths =>
        {
            var lines = new MessageLines();
            var taken = new List<string>();
            for (int at = 0, turn = 0; at < text.Length; turn++)
            {
                int length = Math.Min(lengths[turn % lengths.Length], text.Length - at);
                lines.Add(Encoding.UTF8.GetBytes(text.Substring(at, length)), taken.Add);
                at += length;
            }

            Assert.Equal(text.Split('\n')[..^1], taken);
        }, iter: 200);

        Assert.ThrowsAny<ArgumentException>(() => new MessageLines().Add([0xC3], static _ => { }));
    }
}
