using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Diagnosing;

/// <summary>Examines the way to a server: quick questions one after the other, then all transports at once, left alone for a time.</summary>
internal static class Doctor
{
    /// <summary>The transports that stay open, as applications use them.</summary>
    private static readonly ProbeTransport[] Streams = [ProbeTransport.ServerSentEvents, ProbeTransport.HttpStream, ProbeTransport.SessionStream, ProbeTransport.WebSocket, ProbeTransport.SessionWebSocket];

    /// <summary>Examines; what is found is in the examination.</summary>
    /// <exception cref="ServerFault">Nothing can be found out.</exception>
    public static async Task RunAsync(Examination examination, CancellationToken cancel)
    {
        try
        {
            if (!await new ReachCheck(examination).RunAsync(cancel).ConfigureAwait(false) || !await new HeaderCheck(examination).RunAsync(cancel).ConfigureAwait(false))
            {
                examination.IsCutShort = true;
                return;
            }

            await new CompressionCheck(examination).RunAsync(cancel).ConfigureAwait(false);
            var bodies = new BodyCheck(examination);
            await Task.WhenAll([bodies.SizeAsync(cancel), new HoldCheck(examination).RunAsync(cancel), .. Streams.Select(transport => new StreamCheck(examination, transport).RunAsync(cancel))]).ConfigureAwait(false);
            await bodies.PassingAsync(cancel).ConfigureAwait(false);
        }
        catch (ContractException fault)
        {
            throw new ServerFault($"{examination.Server.Mount} answers some requests as Godwit does, and others not ({fault.Fault.TrimEnd('.')}); pass everything below the mount point to the server");
        }
        catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
        {
            throw new ServerFault(ServerContact.Explain(fault, examination.Server.Mount, examination.AnswerPatience));
        }
    }
}
