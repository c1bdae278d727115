namespace Godwit.Server.Probes;

/// <summary>Finds out whether a Godwit server answers and lets a room be read.</summary>
internal static class ServerCheck
{
    // A server that has just been started on a machine that is full takes its time for the first answer.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong, in one line; null for nothing.</summary>
    /// <param name="target">The room.</param>
    /// <param name="mount">The server as whoever asks knows it.</param>
    /// <param name="cancel">Gives up.</param>
    public static async Task<string?> FaultAsync(ProbeTarget target, Uri mount, CancellationToken cancel)
    {
        await using ReaderProbe reader = ReaderProbe.Open(ProbeTransport.ShortPoll, target, ProbeStart.Now);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            ProbeFrame frame = await reader.ReadAsync(patience.Token);
            return frame.Kind switch
            {
                ProbeFrameKind.Joined => null,
                ProbeFrameKind.Error => $"{mount} refuses with {frame.Status} {frame.Code}{(frame.Status is 401 or 403 ? $"; give a token or an API key that may read and publish in {target.Room} by --token-file" : "")}",
                _ => $"{mount} does not answer: {frame.Raw}",
            };
        }
        catch (ContractException)
        {
            return $"what answers at {mount} is not Godwit; give the mount point, for example http://localhost:8080/rt";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"{mount} does not answer within {Patience.TotalSeconds} s";
        }
    }
}
