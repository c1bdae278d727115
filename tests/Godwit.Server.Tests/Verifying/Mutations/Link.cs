using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>One answer or connection that a mutation looks at.</summary>
/// <param name="Number">Which one, from 1.</param>
/// <param name="Presented">The positions that were presented, by room.</param>
internal sealed record Link(int Number, IReadOnlyDictionary<string, string> Presented)
{
    /// <summary>The entries that were let through, by room.</summary>
    public Dictionary<string, int> Entries { get; } = [];

    /// <summary>A frame that is kept back.</summary>
    public ProbeFrame? Kept { get; set; }

    /// <summary>Whether it is of a reader that went on from a position.</summary>
    public bool Resumes(ProbeFrame frame) => Presented.ContainsKey(frame.Room!);

    /// <summary>How many entries of the frame's room came before it, the frame counted from now on.</summary>
    public int Count(ProbeFrame frame)
    {
        int before = Entries.GetValueOrDefault(frame.Room!);
        Entries[frame.Room!] = before + 1;
        return before;
    }
}
