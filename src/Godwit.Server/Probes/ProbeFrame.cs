using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>One frame as it was received.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Raw">Its text as it came: a JSON object, an SSE block, a ping's payload, or why the reader ended.</param>
/// <param name="Received">A timestamp of the target's <see cref="TimeProvider"/>.</param>
internal sealed record ProbeFrame(ProbeFrameKind Kind, string Raw, long Received)
{
    /// <summary>The room it names.</summary>
    public string? Room { get; init; }

    /// <summary>The position it gives.</summary>
    public string? Position { get; init; }

    /// <summary>The verdict of a <see cref="ProbeFrameKind.Joined"/>, a <see cref="ProbeFrameKind.Gap"/>, a <see cref="ProbeFrameKind.Reset"/> or an <see cref="ProbeFrameKind.Answer"/>.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>The lost offsets, exactly when the verdict is <c>gap</c>.</summary>
    public OffsetRange? Missing { get; init; }

    /// <summary>The offset of an entry.</summary>
    public long Offset { get; init; }

    /// <summary>The event of an entry.</summary>
    public string? Event { get; init; }

    /// <summary>The data of an entry, the JSON text exactly as it came; null when it has bytes.</summary>
    public string? Data { get; init; }

    /// <summary>The bytes of an entry; on SSE without <c>full</c> they look like any JSON string and stand in <see cref="Data"/>.</summary>
    public byte[]? Bytes { get; init; }

    /// <summary>The time of an entry, ms since the Unix epoch; null on SSE without <c>full</c>.</summary>
    public long? Time { get; init; }

    /// <summary>Who published an entry.</summary>
    public string? From { get; init; }

    /// <summary>The code of a fault.</summary>
    public string? Code { get; init; }

    /// <summary>The <c>id</c> of a reply or a fault in a session, the JSON text as it came.</summary>
    public string? Id { get; init; }

    /// <summary>Whether a reply says that its key had been used before.</summary>
    public bool Duplicate { get; init; }

    /// <summary>The HTTP status of a fault, or the close code of a WebSocket that ended; 0 if there was none.</summary>
    public int Status { get; init; }

    /// <summary>Whether an answer says that there is more at once.</summary>
    public bool More { get; init; }

    /// <summary>How many entries follow in the same answer of a poll.</summary>
    public int Following { get; init; }

    /// <summary>The relative URL of the following poll.</summary>
    public string? Next { get; init; }

    /// <summary>The ms after which to come back: the <c>retry</c> of an SSE block or of a fault, the <c>back</c> of a drain.</summary>
    public int? Retry { get; init; }

    /// <summary>Whether an <see cref="ProbeFrameKind.End"/> was orderly: a complete answer, or a close handshake.</summary>
    public bool Orderly { get; init; }

    /// <inheritdoc/>
    public override string ToString()
    {
        string text = Raw.Length <= 300 ? Raw : Raw[..300] + "…";
        return $"{Kind} {Position} {text.ReplaceLineEndings("\\n")}";
    }
}
