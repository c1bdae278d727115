using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Diagnosing;

/// <summary>Looks whether a stream is compressed on the way, as browsers let it be.</summary>
internal sealed class CompressionCheck(Examination examination)
{
    /// <summary>Looks.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        foreach ((string type, string subject) in ((string, string)[])[("text/event-stream", "server-sent events"), ("application/x-ndjson", "HTTP streaming")])
        {
            using var connection = new ProbeConnection(examination.Room);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            patience.CancelAfter(examination.Patience);
            using var request = new HttpRequestMessage(HttpMethod.Get, examination.Room.Address("after=now"));
            request.Headers.TryAddWithoutValidation("Accept", type);
            request.Headers.TryAddWithoutValidation("Accept-Encoding", "gzip, deflate, br, zstd");
            try
            {
                using HttpResponseMessage answer = await connection.SendAsync(request, patience.Token).ConfigureAwait(false);
                if (Answered.AllOf(answer).TryGetValue("Content-Encoding", out string[]? encoding))
                {
                    examination.Find(FindingKind.StreamCompressed, subject, $"Content-Encoding: {string.Join(", ", encoding)}");
                }
            }
            catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
            {
                // Streams that do not come are another check's.
            }
        }
    }
}
