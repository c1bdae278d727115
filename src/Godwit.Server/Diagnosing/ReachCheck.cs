using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;

namespace Godwit.Server.Diagnosing;

/// <summary>Looks who answers, over which TLS and HTTP, whether the caller is let in, and whether all servers behind have the same rooms.</summary>
internal sealed class ReachCheck(Examination examination)
{
    // Enough for two servers in turn, with one in a hundred thousand chances that all go to the same.
    private const int Asks = 16;

    /// <summary>Looks.</summary>
    /// <returns>Whether the rest can be looked at.</returns>
    /// <exception cref="ServerFault">Nothing can be: nobody answers, somebody else does, or the caller is refused.</exception>
    public async Task<bool> RunAsync(CancellationToken cancel)
    {
        if (await FirstAsync(cancel).ConfigureAwait(false) is not { } answer)
        {
            return false;
        }

        examination.Proxy = answer.Header("Server") ?? answer.Header("Via");
        Uri mount = examination.Server.Mount;
        if (answer.Status is >= 300 and < 400)
        {
            throw new ServerFault($"{mount} sends clients elsewhere ({answer.Status}); ask for {answer.Header("Location")?.Split("/rooms/")[0] ?? "that address"}");
        }

        if (answer.Code is null && answer.Status is 500 or 502 or 503 or 504)
        {
            examination.Find(FindingKind.Gateway, "short poll", $"it is answered with {answer}");
            return false;
        }

        if (answer.Code is "credential.missing" && examination.Server.Token is not null)
        {
            examination.Find(FindingKind.AuthorizationDropped, "credential", "a credential was sent, and the server saw none");
            return false;
        }

        if (answer.Code is { } code)
        {
            throw new ServerFault($"{mount} refuses with {Refusal.Line(answer.Body, answer.Status, code)}{(code == "path.unknown" ? " (nginx: proxy_pass without a path behind the address)" : "")}");
        }

        if (!answer.IsPoll)
        {
            throw new ServerFault($"what answers at {mount} is no Godwit server ({answer}); give the mount point, for example {ServerAccess.DefaultMount}, and look where the proxy passes it to");
        }

        examination.Approve("short poll", $"answered in {examination.RoundTrip.TotalMilliseconds:0} ms");
        await VersionsAsync(cancel).ConfigureAwait(false);
        return await StoresAsync(cancel).ConfigureAwait(false);
    }

    private async Task<Answered?> FirstAsync(CancellationToken cancel)
    {
        try
        {
            return await AskAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
        {
            string why = ServerContact.Explain(fault, examination.Server.Mount, examination.AnswerPatience);
            if (!why.Contains("not trusted: ", StringComparison.Ordinal))
            {
                throw new ServerFault(why);
            }

            // Whoever has that certificate could be anybody: a credential is not shown to him.
            bool isShown = examination.Server.Token is not null;
            examination.Find(
                FindingKind.TlsUntrusted,
                "TLS",
                why[(why.IndexOf("not trusted: ", StringComparison.Ordinal) + "not trusted: ".Length)..] + (isShown ? "; the credential was not sent there" : ""));
            if (isShown)
            {
                return null;
            }

            examination.TakeAnyCertificate();
        }

        try
        {
            return await AskAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (ServerContact.IsNetwork(fault, cancel))
        {
            throw new ServerFault(ServerContact.Explain(fault, examination.Server.Mount, examination.AnswerPatience));
        }
    }

    private async Task<Answered> AskAsync(CancellationToken cancel)
    {
        long begun = examination.Time.GetTimestamp();
        Answered answer = await examination.AskAsync(examination.Poll("after=now"), cancel).ConfigureAwait(false);
        examination.RoundTrip = examination.Time.GetElapsedTime(begun);
        return answer;
    }

    private async Task VersionsAsync(CancellationToken cancel)
    {
        Uri mount = examination.Server.Mount;
        if (mount.Scheme != "https")
        {
            return;
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(examination.Server.Through ?? new DnsEndPoint(mount.Host.Trim('[', ']'), mount.Port), cancel).ConfigureAwait(false);
        var tls = new SslStream(new NetworkStream(socket, ownsSocket: false), leaveInnerStreamOpen: false, static (_, _, _, _) => true);
        await using (tls.ConfigureAwait(false))
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions { TargetHost = mount.Host, ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11] },
                cancel).ConfigureAwait(false);
            string version = tls.SslProtocol switch { SslProtocols.Tls13 => "TLS 1.3", SslProtocols.Tls12 => "TLS 1.2", var old => old.ToString() };
            if (tls.NegotiatedApplicationProtocol == SslApplicationProtocol.Http2)
            {
                examination.Approve("TLS", $"{version}, HTTP/2 and HTTP/1.1");
            }
            else
            {
                examination.Find(FindingKind.Http2Missing, "TLS", $"{version}, HTTP/1.1 only");
            }
        }
    }

    private async Task<bool> StoresAsync(CancellationToken cancel)
    {
        PublishOutcome outcome = await examination.TryPublishAsync(null, cancel).ConfigureAwait(false);
        if (outcome.Code == "media_type.unsupported")
        {
            examination.Find(FindingKind.ContentTypeChanged, "publish", "the server did not see that a body is JSON");
            return false;
        }

        if (outcome.Position is null)
        {
            throw new ServerFault($"{examination.Server.Mount} refuses with {Refusal.Line(outcome.Raw, outcome.Status, outcome.Code)}");
        }

        TimeSpan longest = default;
        for (int i = 0; i < Asks; i++)
        {
            long begun = examination.Time.GetTimestamp();
            Answered answer = await examination.AskAsync(examination.Poll($"after={outcome.Position}"), cancel).ConfigureAwait(false);
            if (answer.Text("verdict") == "reset")
            {
                examination.Find(FindingKind.StoreUnshared, "servers", "a position that one of them gave is of another log elsewhere");
                return false;
            }

            TimeSpan took = examination.Time.GetElapsedTime(begun);
            longest = took > longest ? took : longest;
        }

        // The first took longer: there was no connection yet, and no code had run.
        examination.RoundTrip = longest;
        return true;
    }
}
