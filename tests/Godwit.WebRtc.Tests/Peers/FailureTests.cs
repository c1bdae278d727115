using Godwit.Protocol;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Udp;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>A mistake of the server over one peer ends that peer, and nothing else.</summary>
public sealed class FailureTests
{
    [Theory]
    [InlineData("its beginning")]
    [InlineData("a packet")]
    [InlineData("a deadline")]
    public async Task A_failure_over_one_peer_ends_that_peer_and_the_server_goes_on(string place)
    {
        var time = new FakeTimeProvider();
        bool isFirst = true;
        using var scene = new ServerScene(time, associate: peer =>
        {
            if (!isFirst)
            {
                return new EchoAssociation(peer);
            }

            isFirst = false;
            return place == "its beginning" ? throw new InvalidOperationException("at its beginning") : new Failing(place == "a deadline" ? peer.Now + 10 : Deadlines.Never);
        });
        await using (var client = new ClientPeer())
        {
            string answer = scene.Answer(client.Offer).Answer!;
            Peer peer = scene.Single();
            await client.ConnectAsync(answer).WaitAsync(ServerScene.Limit, TestContext.Current.CancellationToken);
            await ServerScene.UntilAsync(() => peer.IsConnected || peer.Ended is not null);
            await ServerScene.UntilAsync(() =>
            {
                if (place == "a packet")
                {
                    client.Send([1]);
                }

                time.Advance(TimeSpan.FromMilliseconds(10));
                return scene.Ends == 1;
            });
            Assert.Equal((PeerEnd.Failed, 0, 0), (peer.Ended, scene.Server.Peers.Count, scene.Server.Peers.AddressCount));
        }

        await using var other = new ClientPeer();
        await scene.ConnectAsync(other);
        await ServerScene.EchoAsync(other, [2]);
    }

    private sealed class Failing(long deadline) : IPeerAssociation
    {
        public long Deadline => deadline;

        public bool HasConnection => false;

        public void Receive(Span<byte> packet, long now) => throw new InvalidOperationException("on a packet");

        public void OnDue(long now) => throw new InvalidOperationException("on a deadline");

        public bool TryClose(ErrorCode why) => false;

        public void OnEnded(PeerEnd why) => throw new InvalidOperationException("at its end");

        public void SayFarewell() => throw new InvalidOperationException("at its farewell");
    }
}
