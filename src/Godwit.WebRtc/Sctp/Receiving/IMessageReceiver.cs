namespace Godwit.WebRtc.Sctp.Receiving;

/// <summary>Who is given messages that are whole.</summary>
internal interface IMessageReceiver
{
    /// <summary>A message is whole and its turn has come.</summary>
    void OnMessage(ushort stream, uint protocol, ReadOnlySpan<byte> message);
}
