namespace Godwit.WebRtc.Sctp.Wire;

/// <summary>The parameters that are known here (RFC 9260 §3.3, RFC 3758 §3.1, RFC 5061 §4.2.7, RFC 6525 §4).</summary>
internal enum ParameterType : ushort
{
    HeartbeatNote = 1,
    Ipv4Address = 5,
    Ipv6Address = 6,
    StateCookie = 7,
    Unrecognized = 8,
    CookiePreservative = 9,
    HostName = 11,
    SupportedAddressTypes = 12,
    OutgoingReset = 13,
    IncomingReset = 14,
    AssociationReset = 15,
    ResetResponse = 16,
    AddOutgoingStreams = 17,
    AddIncomingStreams = 18,
    SupportedExtensions = 0x8008,
    ForwardTsnSupported = 0xC000,
}
