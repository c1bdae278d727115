using Godwit.Protocol;

namespace Godwit.Brokers;

/// <summary>A part of a room's log, with what the broker knew at the same instant.</summary>
public sealed class LogPage
{
    /// <summary>What became of the position that was presented; <see cref="Verdict.Ok"/> where none was.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>The offsets that retention dropped after the position; present exactly when the verdict is <see cref="Verdict.Gap"/>.</summary>
    public OffsetRange? Missing { get; init; }

    /// <summary>The position right before the first entry of the page: where reading goes on after the verdict.</summary>
    /// <remarks>
    /// Of a page without entries: where it would have begun. A backward read that finds nothing older, or that is
    /// <see cref="Verdict.Gap"/>, has <see cref="Oldest"/> here; so an earlier page exists exactly when this is not <see cref="Oldest"/>.
    /// </remarks>
    public required Position Start { get; init; }

    /// <summary>The entries in offset order, without holes.</summary>
    public required IReadOnlyList<Entry> Entries { get; init; }

    /// <summary>The position of the newest entry; offset 0 and mark 0 where there never was one.</summary>
    public required Position Head { get; init; }

    /// <summary>The position right before the oldest entry retained; equal to <see cref="Head"/> when nothing is.</summary>
    public required Position Oldest { get; init; }

    /// <summary>The position right after the last entry of the page, or <see cref="Start"/> when it has none.</summary>
    public Position End => Entries.Count == 0 ? Start : new Position(Start.Epoch, Entries[^1].Offset, Entries[^1].Mark);

    /// <summary>Whether entries after <see cref="End"/> existed when the page was read.</summary>
    public bool More => End.Offset < Head.Offset;
}
