using System.Collections.Concurrent;
using Godwit.Protocol;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>Servers that send readers something else than what is in the log.</summary>
internal static class FrameMutations
{
    // After so many entries of a room have gone out, what goes wrong from some moment on goes wrong.
    private const int Late = 25;

    /// <summary>All of them.</summary>
    public static IEnumerable<Mutation> All =>
    [
        new("drops the first entry of a reader that went on from a position", Promise.NoLoss)
        {
            Frames = static (link, frame) => IsEntry(frame) && link.Resumes(frame) && link.Count(frame) == 0 ? [] : [frame],
        },
        Repeats(),
        new("loses the end of a log without a word", Promise.NoLoss)
        {
            Frames = static (_, frame) => IsEntry(frame) && frame.Offset > Late ? [] : [frame],
        },
        new("answers ok where retention has dropped entries", Promise.NoLoss)
        {
            Frames = static (link, frame) => frame is { Kind: ProbeFrameKind.Joined, Verdict: Verdict.Gap } && link.Presented.TryGetValue(frame.Room!, out string? presented)
                ? [frame with { Verdict = Verdict.Ok, Missing = null, Position = presented }]
                : [frame],
        },
        new("sends two entries in the wrong order", Promise.Order, Promise.NoLoss)
        {
            Frames = static (link, frame) => Swapped(link, frame),
        },
        new("sends an entry twice on one connection", Promise.NoDuplicate)
        {
            Frames = static (link, frame) => IsEntry(frame) && link.Count(frame) == 2 ? [frame, frame] : [frame],
        },
        new("gives some readers another entry than others", Promise.NoContradiction)
        {
            Frames = static (link, frame) => IsEntry(frame) && link.Number % 2 == 0 && frame.Offset % 7 == 0 ? [frame with { Data = "\"another\"", Bytes = null }] : [frame],
        },
        new("goes on with another log after a failover, in the same epoch and without a reset", Promise.NoContradiction, Promise.AcknowledgedIsStored)
        {
            Frames = static (_, frame) => IsEntry(frame) && frame.Offset > Late ? [FrameText.Moved(frame, frame.Offset, mark: "0" + frame.Position![^5..])] : [frame],
        },
        new("goes on with a log of another epoch without a reset", Promise.NoContradiction)
        {
            Frames = static (link, frame) => IsEntry(frame) && link.Count(frame) >= 2 ? [FrameText.Moved(frame, frame.Offset, epoch: "0nother0000")] : [frame],
        },
        new("claims a gap where nothing is lost", Promise.HonestVerdict)
        {
            Frames = static (link, frame) => frame is { Kind: ProbeFrameKind.Joined, Verdict: Verdict.Ok } && link.Resumes(frame) && link.Number % 3 == 0
                ? [Gap(frame, After(link, frame) + 1, After(link, frame) + 1)]
                : [frame],
        },
        new("names a smaller gap than there is", Promise.HonestVerdict, Promise.NoLoss)
        {
            Frames = static (_, frame) => frame.Missing is { } range && range.To > range.From ? [frame with { Missing = new OffsetRange(range.From, range.To - 1) }] : [frame],
        },
        new("names a gap that begins too early", Promise.HonestVerdict)
        {
            Frames = static (_, frame) => frame.Missing is { } range && range.From > 1 ? [frame with { Missing = new OffsetRange(range.From - 1, range.To) }] : [frame],
        },
        new("resets a reader without a reason", Promise.HonestVerdict)
        {
            Frames = static (link, frame) => frame is { Kind: ProbeFrameKind.Joined, Verdict: Verdict.Ok } && link.Resumes(frame) && link.Number % 3 == 0 ? [frame with { Verdict = Verdict.Reset }] : [frame],
        },
        new("gives an entry that nobody published", Promise.NoContradiction)
        {
            Frames = static (_, frame) => IsEntry(frame) && frame.Offset % 20 == 0 ? [frame with { Data = "\"nobody\"", Bytes = null }] : [frame],
        },
        new("changes a letter on the way", Promise.NoContradiction)
        {
            Frames = static (link, frame) => frame is { Kind: ProbeFrameKind.Entry, Data: not null } && link.Count(frame) == 3 ? [frame with { Data = frame.Data.Replace('-', '_').Replace(":", ": ", StringComparison.Ordinal) }] : [frame],
        },
        Mixes(),
        new("changes an octet on the way", Promise.NoContradiction)
        {
            Frames = static (_, frame) => frame is { Kind: ProbeFrameKind.Entry, Bytes: [.., var last] octets } ? [frame with { Bytes = [.. octets[..^1], (byte)(last ^ 1)] }] : [frame],
        },
        new("gives bytes as the JSON string of their base64", Promise.NoContradiction)
        {
            Frames = static (_, frame) => frame is { Kind: ProbeFrameKind.Entry, Bytes: { } octets } ? [frame with { Bytes = null, Data = $"\"{Convert.ToBase64String(octets)}\"" }] : [frame],
        },
        new("gives every entry of a room of which the newest is to be given alone", Promise.Order) { DeliversAll = true },
        new("keeps the newest entry back until the next one comes", Promise.NoLoss)
        {
            Frames = static (link, frame) => Delayed(link, frame),
        },
        new("says that reading goes on further ahead than it does", Promise.NoLoss, Promise.WireContract)
        {
            Frames = static (link, frame) => frame is { Kind: ProbeFrameKind.Joined, Verdict: Verdict.Ok } && link.Number % 4 == 0 ? [FrameText.Moved(frame, FrameText.At(frame) + 1)] : [frame],
        },
        new("answers 'now' with where the log was before", Promise.AcknowledgedIsStored, Promise.NoLoss)
        {
            Frames = static (link, frame) => frame is { Kind: ProbeFrameKind.Joined } && !link.Resumes(frame) && FrameText.At(frame) > 3 ? [FrameText.Moved(frame, FrameText.At(frame) - 3)] : [frame],
        },
    ];

    private static bool IsEntry(ProbeFrame frame) => frame.Kind == ProbeFrameKind.Entry;

    private static long After(Link link, ProbeFrame frame) => ProbeFrameParser.OffsetOf(link.Presented[frame.Room!]);

    private static ProbeFrame Gap(ProbeFrame frame, long from, long to) => frame with { Verdict = Verdict.Gap, Missing = new OffsetRange(from, to) };

    // The entry that was presented comes again.
    private static Mutation Repeats()
    {
        var seen = new ConcurrentDictionary<string, ProbeFrame>();
        return new Mutation("repeats the last entry to a reader that goes on from it", Promise.NoDuplicate)
        {
            Frames = (link, frame) =>
            {
                if (IsEntry(frame))
                {
                    seen[frame.Position!] = frame;
                }

                return frame is { Kind: ProbeFrameKind.Joined, Verdict: Verdict.Ok } && link.Presented.TryGetValue(frame.Room!, out string? presented) && seen.TryGetValue(presented, out ProbeFrame? last)
                    ? [frame, last with { Raw = FrameText.Json(last) }]
                    : [frame];
            },
        };
    }

    // An entry of one room has the data of the last entry of another.
    private static Mutation Mixes()
    {
        ProbeFrame? last = null;
        return new Mutation("gives an entry of another room", Promise.NoContradiction)
        {
            Frames = (link, frame) =>
            {
                ProbeFrame? other = last;
                last = IsEntry(frame) ? frame : last;
                return IsEntry(frame) && other is not null && other.Room != frame.Room && link.Count(frame) == 1 ? [frame with { Data = other.Data, Bytes = other.Bytes }] : [frame];
            },
        };
    }

    private static IEnumerable<ProbeFrame> Swapped(Link link, ProbeFrame frame)
    {
        if (IsEntry(frame) && link.Kept is null && link.Count(frame) == 2)
        {
            link.Kept = frame;
            return [];
        }

        if (IsEntry(frame) && link.Kept is { } kept && kept.Room == frame.Room)
        {
            link.Kept = null;
            return [frame, kept];
        }

        return [frame];
    }

    private static IEnumerable<ProbeFrame> Delayed(Link link, ProbeFrame frame)
    {
        if (!IsEntry(frame))
        {
            return [frame];
        }

        ProbeFrame? kept = link.Kept;
        link.Kept = frame;
        return kept is null ? [] : [kept];
    }
}
