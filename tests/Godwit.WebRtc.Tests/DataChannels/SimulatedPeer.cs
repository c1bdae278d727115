using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.Tests.DataChannels;

/// <summary>An endpoint that notes what it is told.</summary>
internal sealed class SimulatedPeer : IChannelHandler
{
    private SimulatedLink? _link;
    private SimulatedPeer? _other;

    public SimulatedPeer(bool isDtlsClient, ChannelOptions? options = null) =>
        Endpoint = new ChannelEndpoint(options ?? new ChannelOptions(), this, isDtlsClient) { PeerLargestMessage = 0 };

    public ChannelEndpoint Endpoint { get; }

    public List<DataChannel> Opened { get; } = [];

    public List<DataChannel> Closed { get; } = [];

    public List<(DataChannel Channel, MessageKind Kind, byte[] Message, long At)> Messages { get; } = [];

    public int Connected { get; private set; }

    public AssociationEnd? Ended { get; private set; }

    public Action<DataChannel>? OnMaySendDo { get; set; }

    public Action<DataChannel>? OnBufferedLowDo { get; set; }

    public Action<DataChannel, byte[]>? OnMessageDo { get; set; }

    public Action<DataChannel>? OnOpenedDo { get; set; }

    public long Now => _link!.Now;

    public static SimulatedLink Connect(LinkWeather weather, ChannelOptions? options = null, ChannelOptions? others = null)
    {
        var link = new SimulatedLink(weather, new SimulatedPeer(true, options), new SimulatedPeer(false, others ?? options));
        link.One.Endpoint.Connect(link.Now);
        link.RunUntil(() => link.One.Connected > 0 && link.Other.Connected > 0);
        return link;
    }

    public void Join(SimulatedLink link, SimulatedPeer other) => (_link, _other) = (link, other);

    public DataChannel Open(string label, DeliveryTerms terms = default) => Endpoint.Open(label, "", terms, Now)!;

    public IEnumerable<byte[]> MessagesOf(DataChannel channel) => Messages.Where(message => message.Channel.Id == channel.Id).Select(static message => message.Message);

    void IChannelHandler.Send(ReadOnlySpan<byte> packet) => _link!.Carry(_other!, packet);

    void IChannelHandler.OnConnected() => Connected++;

    void IChannelHandler.OnChannelOpened(DataChannel channel)
    {
        Opened.Add(channel);
        OnOpenedDo?.Invoke(channel);
    }

    void IChannelHandler.OnMessage(DataChannel channel, MessageKind kind, ReadOnlySpan<byte> message)
    {
        byte[] copy = message.ToArray();
        Messages.Add((channel, kind, copy, Now));
        OnMessageDo?.Invoke(channel, copy);
    }

    void IChannelHandler.OnMaySend(DataChannel channel) => OnMaySendDo?.Invoke(channel);

    void IChannelHandler.OnBufferedLow(DataChannel channel) => OnBufferedLowDo?.Invoke(channel);

    void IChannelHandler.OnChannelClosed(DataChannel channel)
    {
        Assert.Equal(ChannelState.Closed, channel.State);
        Closed.Add(channel);
    }

    void IChannelHandler.OnEnded(AssociationEnd end)
    {
        Assert.Null(Ended);
        Ended = end;
    }
}
