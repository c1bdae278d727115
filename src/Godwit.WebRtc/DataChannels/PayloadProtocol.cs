namespace Godwit.WebRtc.DataChannels;

/// <summary>The payload protocol identifiers of data channels (RFC 8831 §8). An empty message is one octet that does not count, for SCTP has no empty ones.</summary>
internal static class PayloadProtocol
{
    public const uint Control = 50;
    public const uint Text = 51;
    public const uint Binary = 53;
    public const uint EmptyText = 56;
    public const uint EmptyBinary = 57;

    /// <summary>The identifier of a message.</summary>
    public static uint Of(MessageKind kind, bool isEmpty) => kind == MessageKind.Text ? isEmpty ? EmptyText : Text : isEmpty ? EmptyBinary : Binary;

    /// <summary>What a message is; false for an identifier that says nothing of one.</summary>
    public static bool TryRead(uint protocol, out MessageKind kind, out bool isEmpty)
    {
        kind = protocol is Text or EmptyText ? MessageKind.Text : MessageKind.Binary;
        isEmpty = protocol is EmptyText or EmptyBinary;
        return protocol is Text or Binary or EmptyText or EmptyBinary;
    }
}
