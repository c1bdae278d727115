namespace Godwit.Server.Verifying.Records;

/// <summary>Something that a promise does not allow, with what stood around it.</summary>
/// <param name="At">When it was seen, since the start.</param>
/// <param name="Promise">What it breaks.</param>
/// <param name="What">What happened, in a sentence.</param>
/// <param name="Who">The client that saw it: its name, transport and server.</param>
/// <param name="Room">The room, where it is of one.</param>
/// <param name="Frames">The frames that this client received last, the one that broke the promise last of all.</param>
internal sealed record Anomaly(TimeSpan At, Promise Promise, string What, string Who, string? Room, IReadOnlyList<string> Frames);
