namespace Godwit.WebRtc.Sdp;

/// <summary>Why an offer is refused.</summary>
/// <param name="Line">The line at fault, from 1; 0 where something is missing.</param>
/// <param name="Detail">What is wrong, and what would be right. Goes to the client.</param>
/// <param name="IsUnusable">Whether the text is well-formed and asks for what cannot be; else it is malformed.</param>
internal sealed record SdpFault(int Line, string Detail, bool IsUnusable);
