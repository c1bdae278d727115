using System.Net;
using System.Net.Sockets;
using Godwit.Server.Tests.Administration;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Proxies;
using Godwit.Server.Tests.Tls;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Commands;

/// <summary>What every command that talks to a server says of one that it cannot use: one line with the remedy, exit code 2.</summary>
public sealed class ServerContactTests
{
    public static TheoryData<string> Commands() => ["pub lobby x --url URL", "sub lobby --url URL", "bench URL", "doctor URL"];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_URL_without_a_scheme(string command) =>
        (await RunAsync(command, "localhost:8080/rt")).AssertRefused($"{(command.Contains("--url", StringComparison.Ordinal) ? "--url" : "URL")}: \"localhost:8080/rt\" does not say http:// or https://; give for example http://localhost:8080/rt.");

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_URL_with_the_scheme_of_a_WebSocket(string command) =>
        (await RunAsync(command, "ws://localhost:8080/rt")).AssertRefused($"{(command.Contains("--url", StringComparison.Ordinal) ? "--url" : "URL")}: \"ws://localhost:8080/rt\" begins with ws://; it takes http://, https:// or h2c://");

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_host_that_is_not_there(string command) =>
        (await RunAsync(command, "http://no-such-host.invalid/rt")).AssertRefused("there is no host no-such-host.invalid; look at the URL and at DNS.");

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_port_where_nothing_listens(string command) =>
        (await RunAsync(command, "http://127.0.0.1:1/rt")).AssertRefused("nothing listens at 127.0.0.1:1; start a server there (godwit serve), or give another URL.");

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_server_that_is_no_Godwit(string command)
    {
        await using WitnessServer server = await WitnessServer.StartAsync("other");
        (await RunAsync(command, $"http://{server.Authority}/rt")).AssertRefused($"what answers at http://{server.Authority}/rt is no Godwit server (");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_Godwit_with_another_mount_point(string command)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        CommandRun run = await RunAsync(command, $"{server.Root}elsewhere");
        Assert.Equal(2, run.Code);
        Assert.Contains("give the", run.Errors, StringComparison.Ordinal);
        Assert.Single(run.Errors.TrimEnd('\n').Split('\n'));
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_room_without_the_right(string command)
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        (await RunAsync(command, $"{scene.Server.Mount}")).AssertRefused($"{scene.Server.Mount} refuses with 401 credential.missing: ");
        CommandRun run = await RunAsync($"{command} --token {scene.Token("ann")}", $"{scene.Server.Mount}");
        run.AssertRefused($"{scene.Server.Mount} refuses with 403 access.denied: There is no right to ");
        Assert.Contains("; give a credential that has this right.", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_nobody_trusts_is_taken_once_it_is_named()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using var folder = new TlsFolder();
        folder.Write(TestCertificate.Local);
        string url = $"{server.RootOf(Carrier.Tls)}rt";

        (await CommandRun.RunAsync("pub", "lobby", "x", "--url", url)).AssertRefused(
            $"the TLS certificate of 127.0.0.1:{new Uri(url).Port} is not trusted: nobody that this machine trusts has signed it; name who has with --cacert FILE.");
        Assert.Equal(0, (await CommandRun.RunAsync("pub", "lobby", "x", "--url", url, "--cacert", folder.Certificate)).Code);
        Assert.Equal(0, (await CommandRun.RunAsync("pub", "lobby", "x", "--url", url, "--cacert", folder.Certificate, "--http2")).Code);

        folder.Write(TlsFolder.Make());
        (await CommandRun.RunAsync("pub", "lobby", "x", "--url", url, "--cacert", folder.Certificate)).AssertRefused(
            $"the TLS certificate of 127.0.0.1:{new Uri(url).Port} is not trusted: none of the certificates of --cacert has signed it.");
    }

    [Fact]
    public async Task Clear_text_and_TLS_taken_for_each_other()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        CommandRun run = await CommandRun.RunAsync("pub", "lobby", "x", "--url", $"https://127.0.0.1:{server.Root.Port}/rt");
        Assert.Equal(2, run.Code);
        Assert.Contains("write http://.\n", run.Errors, StringComparison.Ordinal);
        run = await CommandRun.RunAsync("pub", "lobby", "x", "--retry-for", "0s", "--url", $"http://127.0.0.1:{server.RootOf(Carrier.Tls).Port}/rt");
        Assert.Equal(1, run.Code);
        Assert.Contains("write https://", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_stands_for_the_flags_and_is_no_setting_of_a_server()
    {
        await using AdminScene scene = await AdminScene.StartAsync();
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, scene.Backend + "\n", TestContext.Current.CancellationToken);
            Dictionary<string, string> variables = new() { ["GODWIT_URL"] = $"{scene.Server.Mount}", ["GODWIT_TOKEN"] = scene.Backend };
            Assert.Equal(0, (await GodwitProcess.RunAsync(["pub", "lobby", "x"], variables)).ExitCode);
            variables = new() { ["GODWIT_URL"] = $"{scene.Server.Mount}", ["GODWIT_TOKEN_FILE"] = file };
            Assert.Equal(0, (await GodwitProcess.RunAsync(["pub", "lobby", "x"], variables)).ExitCode);

            // A flag beats it.
            Assert.Equal(2, (await GodwitProcess.RunAsync(["pub", "lobby", "x", "--token", "wrong"], variables)).ExitCode);
            Assert.Equal((0, ""), ((await GodwitProcess.RunAsync(["config", "check"], variables)) is var check ? (check.ExitCode, check.Errors) : default));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task A_certificate_file_of_the_environment_is_named_as_such() =>
        Assert.StartsWith("godwit: GODWIT_CACERT: Could not find file '/no-such-file'", (await GodwitProcess.RunAsync(["pub", "lobby", "x"], new Dictionary<string, string> { ["GODWIT_CACERT"] = "/no-such-file" })).Errors, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://ann:secret@localhost/rt")]
    [InlineData("https://ann:sec/secret@localhost/rt")]
    [InlineData("ann:secret@localhost/rt")]
    [InlineData("//ann:secret@localhost/rt")]
    public async Task A_password_in_a_URL_is_refused_and_not_shown(string url)
    {
        (int code, _, string errors) = await GodwitProcess.RunAsync(["pub", "lobby", "x"], new Dictionary<string, string> { ["GODWIT_URL"] = url });
        Assert.Equal(2, code);
        Assert.StartsWith("godwit: GODWIT_URL: the URL of a mount point has no user and no password in it", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("sec", errors, StringComparison.Ordinal);
    }

    [Fact]
    public void How_long_was_waited_is_said_as_it_was() =>
        Assert.Contains("does not answer within 30 s", Reaching.ServerContact.Explain(new OperationCanceledException(), new Uri("http://localhost/rt"), TimeSpan.FromSeconds(30)), StringComparison.Ordinal);

    [Theory]
    [InlineData("--token and --token-file are both given", "--token", "a", "--token-file", "b")]
    [InlineData("--key: it holds no API key", "--key", "two words")]
    [InlineData("--token-file: Could not find file '/no-such-file'", "--token-file", "/no-such-file")]
    [InlineData("--cacert: Could not find file '/no-such-file'", "--cacert", "/no-such-file")]
    [InlineData("--cacert: /dev/null has no certificate", "--cacert", "/dev/null")]
    public async Task A_credential_that_is_none(string expected, params string[] args) => (await CommandRun.RunAsync(["pub", "lobby", "x", .. args])).AssertRefused(expected);

    [Fact]
    public async Task A_server_that_takes_connections_and_says_nothing()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        string url = $"http://127.0.0.1:{((IPEndPoint)socket.LocalEndPoint!).Port}/rt";
        (await CommandRun.RunAsync("sub", "lobby", "--url", url)).AssertRefused($"{url} does not answer within 10 s; ");
    }

    private static Task<CommandRun> RunAsync(string command, string url) => CommandRun.RunAsync([.. command.Split(' ').Select(part => part == "URL" ? url : part)]);
}
