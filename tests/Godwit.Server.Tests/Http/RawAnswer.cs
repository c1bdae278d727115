using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Godwit.Server.Tests.Http;

/// <summary>Bytes sent and read on a socket, for what no well-behaved client does.</summary>
internal static class RawAnswer
{
    public static async Task SendAsync(this Socket socket, string text) =>
        await socket.SendAsync(Encoding.UTF8.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>Reads one answer that has a Content-Length.</summary>
    public static async Task<string> ReadAnswerAsync(this Socket socket)
    {
        var read = new StringBuilder();
        byte[] octet = new byte[1];
        int left = int.MaxValue;
        while (left > 0 && await socket.ReceiveAsync(octet, TestContext.Current.CancellationToken) == 1)
        {
            read.Append((char)octet[0]);
            left--;
            if (left > 1 << 20 && octet[0] == '\n' && read.ToString() is var head && head.EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                left = int.Parse(Regex.Match(head, "Content-Length: ([0-9]+)").Groups[1].Value, CultureInfo.InvariantCulture);
            }
        }

        return read.ToString();
    }

    /// <summary>Reads until a text has come; fails when it has not for long.</summary>
    public static async Task<string> ReadUntilAsync(this Socket socket, string text)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(TimeSpan.FromSeconds(30));
        var read = new StringBuilder();
        byte[] octet = new byte[1];
        while (!read.ToString().EndsWith(text, StringComparison.Ordinal))
        {
            Assert.Equal(1, await socket.ReceiveAsync(octet, end.Token));
            read.Append((char)octet[0]);
        }

        return read.ToString();
    }

    /// <summary>Reads until the server ends the connection; it resets those whose body it did not read.</summary>
    public static async Task<string> ReadToEndAsync(this Socket socket)
    {
        var read = new StringBuilder();
        byte[] buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) is > 0 and int length)
            {
                read.Append(Encoding.UTF8.GetString(buffer, 0, length));
            }
        }
        catch (SocketException end) when (end.SocketErrorCode == SocketError.ConnectionReset)
        {
        }

        return read.ToString();
    }
}
