using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Godwit.Server.Probes;

namespace Godwit.Server.Reaching;

/// <summary>Finds out, before a command begins, whether a Godwit server answers and lets the caller in; and says of faults what they mean.</summary>
internal static class ServerContact
{
    /// <summary>How long an answer of a server may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Asks for the end of a room, which a reader of it asks for anyway.</summary>
    /// <exception cref="ServerFault">Nobody answers, somebody else does, or the caller is refused for good.</exception>
    public static async Task RequireReadableAsync(ProbeTarget target, CancellationToken cancel)
    {
        using var connection = new ProbeConnection(target);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target.Address("after=now", "limit=1"));
            request.Headers.TryAddWithoutValidation("Accept", "application/json");
            using HttpResponseMessage answer = await connection.SendAsync(request, patience.Token).ConfigureAwait(false);
            string text = await ProbeConnection.TextAsync(answer, patience.Token).ConfigureAwait(false);
            string? type = answer.Content.Headers.ContentType?.MediaType;
            int status = (int)answer.StatusCode;
            if (status != 200)
            {
                ProbeFrame refusal = ProbeFrameParser.Problem(text, status, type, 0);
                throw new ServerFault($"{target.Mount} refuses with {Refusal.Line(text, status, refusal.Code)}");
            }

            ProbeFrameParser.Answer(text, target.Room, 0, first: true);
        }
        catch (ContractException fault)
        {
            throw new ServerFault(Stranger(target.Mount, fault));
        }
        catch (Exception fault) when (IsNetwork(fault, cancel))
        {
            throw new ServerFault(Explain(fault, target.Mount, Patience));
        }
    }

    /// <summary>Whether an exception is one of the network, and not of whoever cancelled.</summary>
    public static bool IsNetwork(Exception fault, CancellationToken cancel) =>
        fault is HttpRequestException or IOException or SocketException or AuthenticationException || (fault is OperationCanceledException && !cancel.IsCancellationRequested);

    /// <summary>Whether nothing was reached at all: no host, no listener, no TLS.</summary>
    public static bool IsUnreached(Exception fault) => Inner<SocketException>(fault) is { SocketErrorCode: not (SocketError.ConnectionReset or SocketError.Shutdown) } || Inner<AuthenticationException>(fault) is not null;

    /// <summary>What answers is something else.</summary>
    public static string Stranger(Uri mount, ContractException fault) =>
        $"what answers at {mount} is no Godwit server ({fault.Fault.TrimEnd('.')}); give the mount point, for example {ServerAccess.DefaultMount}";

    /// <summary>One line of what a fault of the network means, and what to do.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="mount">Who was asked.</param>
    /// <param name="patience">How long an answer was waited for.</param>
    public static string Explain(Exception fault, Uri mount, TimeSpan patience)
    {
        string where = $"{mount.Host}:{mount.Port}";
        if (fault is OperationCanceledException)
        {
            return $"{mount} does not answer within {patience.TotalSeconds:0} s; look at the address, at firewalls, and whether the server is well: {new Uri(mount, "/readyz")}";
        }

        if (Inner<AuthenticationException>(fault) is { } tls)
        {
            return tls.Data[ProbeCarrier.WhyKey] is string why
                ? $"the TLS certificate of {where} is not trusted: {why}"
                : $"TLS with {where} fails: {tls.Message.TrimEnd('.')}; if the server speaks clear text, write http://";
        }

        if (Inner<SocketException>(fault) is { } socket)
        {
            return socket.SocketErrorCode switch
            {
                SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => $"there is no host {mount.Host}; look at the URL and at DNS",
                SocketError.ConnectionRefused => $"nothing listens at {where}; start a server there (godwit serve), or give another URL",
                SocketError.TooManyOpenSockets => "this process has no more file descriptors; raise ulimit -n, or ask for fewer clients",
                SocketError.AddressNotAvailable => $"there are no more local ports for connections to {where}; ask for fewer clients, or widen net.ipv4.ip_local_port_range",
                SocketError.ConnectionReset => $"{where} cuts the connection; if it speaks TLS, write https://",
                _ => $"{where} cannot be reached ({socket.Message}); look at the address and at firewalls",
            };
        }

        HttpRequestError error = (fault as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown;
        return error switch
        {
            HttpRequestError.SecureConnectionError => $"{where} does not speak TLS; if it speaks clear text, write http://",
            HttpRequestError.VersionNegotiationError or HttpRequestError.HttpProtocolError => $"{where} does not speak HTTP/2 here; leave out --http2, or write https:// in place of h2c://",
            HttpRequestError.ResponseEnded or HttpRequestError.InvalidResponse when mount.Scheme == "http" => $"{where} does not answer in HTTP; if it speaks TLS, write https://",
            _ => $"{where} fails: {fault.Message.TrimEnd('.')}",
        };
    }

    private static T? Inner<T>(Exception? fault)
        where T : Exception
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is T found)
            {
                return found;
            }
        }

        return null;
    }
}
