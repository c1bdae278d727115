namespace Godwit.Server.Probes;

/// <summary>Finds out whether a server has data channels, and whether its packets come through.</summary>
internal static class DataChannelCheck
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Why not, as the end of a sentence; null where a session comes about.</summary>
    public static async Task<string?> WhyNotAsync(ProbeTarget target, CancellationToken cancel, ProbeTransport transport = ProbeTransport.SessionDataChannel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            await using ReaderProbe reader = ReaderProbe.Open(transport, target, ProbeStart.Now);
            ProbeFrame frame = await reader.ReadAsync(patience.Token);
            return frame.Kind switch
            {
                ProbeFrameKind.Error => FormattableString.Invariant($"the server refuses an offer with {frame.Status} {frame.Code}"),
                ProbeFrameKind.End => frame.Raw.ReplaceLineEndings(" ").TrimEnd('.'),
                _ => null,
            };
        }
        catch (ContractException breach)
        {
            return breach.Message.ReplaceLineEndings(" ").TrimEnd('.');
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"an offer is not answered within {Patience.TotalSeconds} s";
        }
    }
}
