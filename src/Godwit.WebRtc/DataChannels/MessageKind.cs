namespace Godwit.WebRtc.DataChannels;

/// <summary>What a message is (RFC 8831 §6.6).</summary>
internal enum MessageKind : byte
{
    /// <summary>UTF-8. It is not checked here.</summary>
    Text,

    /// <summary>Octets.</summary>
    Binary,
}
