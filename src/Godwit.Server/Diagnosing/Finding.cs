namespace Godwit.Server.Diagnosing;

/// <summary>Something that was found out.</summary>
/// <param name="Subject">What was looked at.</param>
/// <param name="Seen">What was seen.</param>
/// <param name="Kind">What is wrong; null if all is well.</param>
internal sealed record Finding(string Subject, string Seen, FindingKind? Kind);
