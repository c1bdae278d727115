namespace Godwit.Server.Verifying.Records;

/// <summary>An entry as it was acknowledged or first seen.</summary>
internal sealed class EntryRecord(string position, long offset, string mark, Content content, TimeSpan known, TimeSpan calm)
{
    /// <summary>Its position.</summary>
    public string Position { get; } = position;

    /// <summary>Its offset.</summary>
    public long Offset { get; } = offset;

    /// <summary>The mark in its position.</summary>
    public string Mark { get; } = mark;

    /// <summary>Its data.</summary>
    public Content Content { get; } = content;

    /// <summary>When it was known to exist.</summary>
    public TimeSpan Known { get; } = known;

    /// <summary>The same, in calm time.</summary>
    public TimeSpan KnownAtCalm { get; } = calm;

    /// <summary>What it was published by; null if nobody did.</summary>
    public Publish? Publish { get; set; }

    /// <summary>Whether its publisher was told that it is stored.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>Since when it may exist: since it was sent, or it was known of.</summary>
    public TimeSpan Earliest => Publish is { } publish && publish.Begun < Known ? publish.Begun : Known;

    /// <summary>The mark of the entry before it, as the first reader saw them one after the other.</summary>
    public string? Predecessor { get; set; }

    /// <summary>When that reader saw it.</summary>
    public TimeSpan PredecessorAt { get; set; }
}
