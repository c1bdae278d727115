namespace Godwit.Redis.Connecting;

/// <summary>Is told what is published on a channel.</summary>
internal interface IChannelListener
{
    /// <summary>A message, in the order published; while subscriptions are made anew one may come twice, and two calls may be made at once.</summary>
    void OnMessage(ReadOnlyMemory<byte> message);

    /// <summary>The subscription was made anew, and is acknowledged: messages in between are lost.</summary>
    void OnResubscribed();
}
