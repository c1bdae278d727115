using Godwit.Protocol;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

/// <summary>What one reader of a room has seen over all its connections: entry 1, 2, 3 …, each once; anything else fails at once.</summary>
internal sealed class EntryLedger(string name)
{
    private readonly List<string> _positions = [];
    private readonly Queue<string> _recent = new();

    /// <summary>The offset that must come next.</summary>
    public long Next { get; private set; } = 1;

    /// <summary>The positions of all entries seen; empty unless <see cref="KeepsPositions"/>.</summary>
    public IReadOnlyList<string> Positions => _positions;

    /// <summary>Whether positions are kept, for comparison with what was acknowledged.</summary>
    public bool KeepsPositions { get; init; } = true;

    /// <summary>Takes in the next frame that a connection showed.</summary>
    /// <exception cref="InvalidOperationException">It is a loss, a repetition, a gap, a reset or an error.</exception>
    public void Take(ProbeFrame frame, ReaderProbe reader)
    {
        if (_recent.Count == 40)
        {
            _recent.Dequeue();
        }

        _recent.Enqueue($"{reader.Transport} {frame}");
        switch (frame.Kind)
        {
            case ProbeFrameKind.Entry when frame.Offset == Next:
                Next++;
                if (KeepsPositions)
                {
                    _positions.Add(frame.Position!);
                }

                break;
            case ProbeFrameKind.Joined when frame.Verdict == Verdict.Ok:
            case ProbeFrameKind.Answer or ProbeFrameKind.Heartbeat or ProbeFrameKind.End:
                break;
            default:
                throw Anomaly($"expected entry {Next}, got {frame.Kind} {frame.Offset}");
        }
    }

    /// <summary>A failure that shows the frames before it.</summary>
    public InvalidOperationException Anomaly(string what) => new($"{name}: {what}. The latest frames:\n{string.Join("\n", _recent)}");
}
