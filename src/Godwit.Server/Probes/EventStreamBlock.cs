namespace Godwit.Server.Probes;

/// <summary>One block of an event stream, or one comment line.</summary>
/// <param name="Raw">Its lines, each ended by LF.</param>
/// <param name="Comment">The comment, if it is one; the rest is null then.</param>
/// <param name="Id">The block's own <c>id</c>.</param>
/// <param name="Event">The block's <c>event</c>.</param>
/// <param name="Data">The lines of <c>data</c>, joined by LF; null if it has none.</param>
/// <param name="Retry">The reconnection time in ms.</param>
internal sealed record EventStreamBlock(string Raw, string? Comment, string? Id, string? Event, string? Data, int? Retry);
