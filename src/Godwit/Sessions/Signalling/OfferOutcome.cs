using Godwit.Protocol;

namespace Godwit.Sessions.Signalling;

/// <summary>What became of an offer.</summary>
/// <param name="Answer">The answer in SDP; null where the offer is refused.</param>
/// <param name="Code">Why it is refused.</param>
/// <param name="Detail">What is wrong this time, and what would be right.</param>
/// <param name="Line">The line of the offer at fault, from 1; 0 for none.</param>
internal readonly record struct OfferOutcome(string? Answer, ErrorCode? Code = null, string? Detail = null, int Line = 0);
