using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Godwit.Server.Commands;
using Godwit.Server.Links;
using Godwit.Server.Measuring;

namespace Godwit.Server.Tests.Comparing;

/// <summary>What <c>godwit compare</c> says where it cannot run: one line, and nothing half-measured.</summary>
public sealed class CompareCommandTests
{
    [Theory]
    [InlineData("URL: \"localhost:8080\" does not say http:// or https://; give for example http://localhost:8080.", "localhost:8080")]
    [InlineData("URL: \"ws://localhost:8080/rt\" begins with ws://; it takes http://, https:// or h2c:// (HTTP/2 in clear text), also for WebSockets.", "ws://localhost:8080/rt")]
    [InlineData("--clients: it takes a whole number from 1 to 100000.", "--clients", "0")]
    [InlineData("--rate: it takes a whole number from 1 to 1000.", "--rate", "fast")]
    [InlineData("--duration: it takes a whole number with ms, s, m, h or d, from 5s to 1d.", "--duration", "soon")]
    [InlineData("--poll-every: it takes one to four different durations with commas between, each a whole number with ms, s, m, h or d, from 50ms to 1m.", "--poll-every", "1s,1s")]
    [InlineData("--server is for servers that are started, and a URL names one that runs; give one of the two.", "--server", "f", "http://localhost:1/rt")]
    [InlineData("--waiting is for servers that are started, and a URL names one that runs; give one of the two.", "--waiting", "5", "http://localhost:1/rt")]
    [InlineData("--token-file is for a server that runs; give its URL.", "--token-file", "f")]
    [InlineData("--http2 is for a server that runs; give its URL.", "--http2")]
    [InlineData("--loss: it takes a share from 0% to 50%, such as 0.5%.", "--loss", "0.5")]
    [InlineData("--delay: it takes a whole number with ms, s, m, h or d, from 0s to 10s.", "--delay", "20s")]
    [InlineData("--jitter: a jitter of 20 ms is not between 0 and the delay, 10 ms: a packet cannot arrive before it is sent.", "--delay", "10ms", "--jitter", "20ms")]
    [InlineData("--loss is for servers that are started, and a URL names one that runs; give one of the two.", "--loss", "1%", "http://localhost:1/rt")]
    [InlineData("--seed decides what packets meet; give --delay, --jitter or --loss too.", "--seed", "7")]
    [InlineData("--transports: it takes names with commas between: short-poll, long-poll, sse, ndjson, websocket, session-poll, session-long-poll, session-stream, session-websocket, session-datachannel, session-datachannel-lossy.", "--transports", "sse,carrier-pigeon")]
    public async Task Says_in_one_line_what_is_wrong(string expected, params string[] args)
    {
        (int code, string output, string errors) = await RunAsync(args);
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Equal($"godwit: {expected}", errors.Split('\n')[0].TrimEnd());
        Assert.Empty(output);
    }

    [Theory]
    [InlineData("--json: the directory of /no-such-directory/report.json is not there", "--json", "/no-such-directory/report.json")]
    [InlineData("--html: the directory of /no-such-directory/report.html is not there", "--html", "/no-such-directory/report.html")]
    [InlineData("--markdown: Could not find file '/no-such.md'", "--markdown", "/no-such.md")]
    [InlineData("/no-such-program cannot be started: ", "--server", "/no-such-program")]
    [InlineData("http://127.0.0.1:1/rt does not answer: ", "http://127.0.0.1:1/rt")]
    [InlineData("--token-file: Could not find file '/no-such-token'", "http://127.0.0.1:1/rt", "--token-file", "/no-such-token")]
    public async Task Says_why_it_cannot_run(string expected, params string[] args)
    {
        (int code, string output, string errors) = await RunAsync(args);
        Assert.Equal(ExitCode.Configuration, code);
        Assert.StartsWith($"godwit: {expected}", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.DoesNotContain("median", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_how_many_clients_the_limit_of_open_files_is_too_low_for()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && OpenFiles.Limit.Hard is > 0 and < 1_300_200, "the limit of open files is not reached by 100,000 clients in each way");
        (int code, _, string errors) = await RunAsync("--clients", "100000");
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Matches(@"^godwit: 1300000 connections at a time need 1300200 open files, and the limit is \d+ \(ulimit -Hn\); raise it, or give fewer with --clients and --waiting\s*$", errors);
    }

    [Fact]
    public async Task Says_that_what_answers_is_no_Godwit_server()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task answering = AnswerAsync(listener, TestContext.Current.CancellationToken);
        string mount = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/rt";
        (int code, _, string errors) = await RunAsync(mount);
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Equal($"godwit: what answers at {mount} is not Godwit; give the mount point, for example http://localhost:8080/rt", errors.TrimEnd());
        await answering;
    }

    [Fact]
    public async Task Says_what_is_missing_for_a_worse_network_and_does_without_none()
    {
        // Nobody who is not root can have a link, so it is run as nobody.
        string[] command = [Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "Godwit.Server.exe" : "Godwit.Server"), "compare", "--loss", "1%"];
        if (PacketLink.Absence is null)
        {
            command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", .. command];
        }

        using Process process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Configuration, process.ExitCode);
        Assert.StartsWith($"godwit: --delay, --jitter and --loss: {PacketLink.Absence ?? "this takes root"}", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Empty(await output);
    }

    private static async Task AnswerAsync(TcpListener listener, CancellationToken cancel)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync(cancel);
        await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello"u8.ToArray(), cancel);

        // Until the client has read it and hangs up.
        await client.GetStream().CopyToAsync(Stream.Null, cancel);
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        return (await GodwitCommand.RunAsync(["compare", .. args], output, errors), output.ToString(), errors.ToString());
    }
}
