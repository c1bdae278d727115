using System.Globalization;
using Godwit.Server.Reaching;

namespace Godwit.Server.Diagnosing;

/// <summary>Looks whether a poll that is held comes back with an answer of the server's.</summary>
internal sealed class HoldCheck(Examination examination)
{
    // What servers hold a poll for where nothing else is set.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(55);

    // Beyond its wait, for the way there and back.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(15);

    /// <summary>Looks, in a room where nothing is published.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        TimeSpan wait = examination.Idle < Longest ? examination.Idle : Longest;
        var target = examination.Room with { Room = examination.Room.Room + ":quiet" };
        using var connection = new Probes.ProbeConnection(target);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(wait + Margin);
        long begun = examination.Time.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target.Address("after=now", string.Create(CultureInfo.InvariantCulture, $"wait={wait.TotalSeconds:0.###}")));
            request.Headers.TryAddWithoutValidation("Accept", "application/json");
            using HttpResponseMessage held = await connection.SendAsync(request, patience.Token).ConfigureAwait(false);
            Answered answer = await Answered.ReadAsync(held, patience.Token).ConfigureAwait(false);
            if (answer.IsPoll)
            {
                examination.Approve("long poll", $"held for {Seconds(begun)} s");
            }
            else
            {
                examination.Find(FindingKind.PollCut, "long poll", $"after {Seconds(begun)} s it is answered with {answer}");
            }
        }
        catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
        {
            examination.Find(FindingKind.PollCut, "long poll", $"it is cut after {Seconds(begun)} s of {wait.TotalSeconds:0.#}");
        }
    }

    private string Seconds(long begun) => examination.Time.GetElapsedTime(begun).TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
