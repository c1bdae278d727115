using System.Globalization;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Reports;

/// <summary>What is to be known of a run beside its figures.</summary>
internal static class Remarks
{
    // Above it, latencies are those of a machine that does something else too.
    private const double BusyMachine = 0.1;

    // Above it the link is another one than was asked for.
    private const double MuchLate = 0.01, MuchUnasked = 0.0001;

    /// <summary>What was done, in one line.</summary>
    public static string Summary(CompareResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Plan.Ways.Count} ways of reading, {result.Plan.Clients} clients each, {result.Server}{(result.Link is { } link ? $", over {link.Description}" : "")}; {result.Took.TotalSeconds:F0} s, {result.Began.UtcDateTime:yyyy-MM-dd HH:mm} UTC");

    /// <summary>What makes it incomplete or less to be trusted.</summary>
    public static IEnumerable<string> Warnings(CompareResult result)
    {
        if (result.WasInterrupted)
        {
            yield return $"Interrupted. Not measured, or not to the end, and so left out: {string.Join("; ", result.Missing.Select(static stage => stage.Phrase()))}.";
        }

        if (result.LeftOut is { } left)
        {
            yield return $"Left out: {left}.";
        }

        if (result.Machine.OtherLoad > BusyMachine)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"This machine was busy: others used {100 * result.Machine.OtherLoad:F0} % of its processors meanwhile. That makes entries late, and CPU time somewhat more.");
        }

        foreach (string warning in OfMeans(result))
        {
            yield return warning;
        }
    }

    // What makes figures of some stages doubtful, and not the others.
    private static IEnumerable<string> OfMeans(CompareResult result)
    {
        if (result.Link is { LateShare: > MuchLate } late)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{100 * late.LateShare:0.#} % of the packets came out of the link more than 1 ms after they were due, since this machine was busy: delays are longer by that.");
        }

        if (result.Link is { UnaskedShare: > MuchUnasked } lossy)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{100 * lossy.UnaskedShare:0.###} % of the packets were lost on the link beyond what was asked for, since a queue was full or this machine too busy: what was lost had to be sent again.");
        }

        if (result.Uncollected > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"Memory was read {result.Uncollected} {(result.Uncollected == 1 ? "time" : "times")} of a server that had not yet collected what arriving clients leave: what waiting clients take of the process is more than they hold, or left out. A longer --duration leaves more time for it.");
        }
    }

    /// <summary>How the figures were come by.</summary>
    public static IReadOnlyList<string> Method(CompareResult result) =>
    [
        result.Plan.IsGiven
            ? "Every way of reading has a room of its own on the server, and entries are published to one room after the other in turn, so that whatever else happens meets all of them alike."
            : "Every way of reading has a server and a room of its own, and entries are published to one after the other in turn, so that whatever else the machine does meets all of them alike. One more server has nothing to do; what it uses is taken off. Then all of them follow one room of one server together.",
        string.Create(CultureInfo.InvariantCulture, $"An entry has {result.Plan.DataBytes} bytes of data. The clients are this program's raw ones, one connection each, which reconnect at once; an EventSource in a browser waits for the 2 s more that the server asks it to. They share the machine with the server{(result.Plan.IsGiven ? ", if it is here" : "")}: their own work is part of how late entries are."),
        string.Create(CultureInfo.InvariantCulture, $"A minute of waiting is reckoned: a client that waits polls, has a held poll answered or is sent a heartbeat, again and again. What one of these costs was measured over {result.Plan.LengthOf(Stage.Idle).TotalSeconds:F0} s{(result.Plan.IsGiven ? "" : ", with held polls and heartbeats a second apart, on servers that have them so for it alone")}; how many of them a minute has is known. An entry a minute costs what one more entry adds at the steady rate; one publish is shared by {result.Plan.Clients} deliveries."),
        .. result.Plan.Ways.Any(static way => way.Family == WayFamily.DataChannel)
            ? (string[])["A client of data channels asks every 2.5 s whether its path is still there, as browsers do, and that is what its waiting costs; heartbeats of the server go over no channel. After a cut it comes back by an offer and a handshake of DTLS, to which the keys of both ends are most of the work; the time that takes on this machine is part of the recovery of all."]
            : [],
        .. result.Ways.Any(static way => way.Way.Loses)
            ? (string[])["Over the lossy channel only the newest entry matters: rooms are joined with the delivery latest, and what is lost is not sent again. So how late entries are is that of those that came, and what clients did without counts as skipped and not as lost."]
            : [],
        "Short polling at the server's pace asks after the time that the server suggests. With one entry a minute that is every 30 s, so how late a single entry is was reckoned from it (≈); a poll costs what polls by the clock do.",
        .. result.Plan.IsGiven ? (string[])[] : [string.Create(CultureInfo.InvariantCulture, $"Memory is the slope from {result.Plan.FirstWaiting} clients that wait to {result.Plan.Waiting}: by how much the others raised the server's resident memory, once it had collected what their arrival left, and half of what they made of the kernel's memory on this machine, which has both ends of each connection. All data channels of a server come to one socket, so the kernel has nothing for each of them; half as many clients wait over them, since each begins by a handshake, and what they take is measured once for both kinds, which do not differ by more than two measurements do. It is measured once for each transport: between two polls a client holds as much whatever the interval.")],
    ];
}
