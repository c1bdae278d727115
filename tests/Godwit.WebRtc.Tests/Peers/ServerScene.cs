using System.Net;
using Godwit.Access;
using Godwit.Sessions.Signalling;
using Godwit.WebRtc.Client;
using Godwit.WebRtc.Peers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.WebRtc.Tests.Peers;

/// <summary>A server at the loopback address, with a real socket, that sends back what comes in records.</summary>
internal sealed class ServerScene : IDisposable
{
    /// <summary>Generous: it is there for what never comes.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private UInt128 _next = 1;

    public ServerScene(TimeProvider? time = null, WebRtcOptions? options = null, Func<Peer, IPeerAssociation>? associate = null) =>
        Server = new PeerServer(options ?? new WebRtcOptions(), time ?? TimeProvider.System, associate ?? (static peer => new EchoAssociation(peer)), _ => IsRevoked, NullLogger.Instance);

    public PeerServer Server { get; }

    public bool IsRevoked { get; set; }

    public int Ends { get; private set; }

    /// <summary>Has an offer answered.</summary>
    public OfferOutcome Answer(string offer, IPAddress? client = null, bool isLocal = true) =>
        Server.Answer(new PeerOffer(_next++, System.Text.Encoding.UTF8.GetBytes(offer), Caller.Nobody, null, client ?? IPAddress.Loopback, isLocal, () => Ends++));

    /// <summary>The one peer that there is.</summary>
    public Peer Single() => Assert.Single(Server.Peers.All);

    /// <summary>Connects a client.</summary>
    public async Task<Peer> ConnectAsync(ClientPeer client)
    {
        string answer = Answer(client.Offer).Answer!;
        Peer peer = Single();
        await client.ConnectAsync(answer).WaitAsync(Limit, TestContext.Current.CancellationToken);
        await UntilAsync(() => peer.IsConnected);
        return peer;
    }

    /// <summary>Sends content until it comes back.</summary>
    public static async Task EchoAsync(ClientPeer client, byte[] content)
    {
        var came = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Received = back =>
        {
            if (back.SequenceEqual(content))
            {
                came.TrySetResult();
            }
        };
        await UntilAsync(() =>
        {
            client.Send(content);
            return came.Task.IsCompleted;
        });
    }

    /// <summary>Waits until something is so.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!isSo())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    public void Dispose() => Server.Dispose();
}
