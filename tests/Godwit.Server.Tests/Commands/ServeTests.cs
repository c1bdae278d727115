using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Godwit.Server.Tests.Configuration;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Commands;

public sealed class ServeTests : IDisposable
{
    private readonly HttpClient _client = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _client.Dispose();

    [Fact]
    public async Task It_says_where_it_listens_and_what_that_means()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0", "--mount", "/live"]);

        Uri address = Assert.Single(godwit.Addresses);
        Assert.NotEqual(0, address.Port);
        Assert.Contains($"Rooms:    http://127.0.0.1:{address.Port}/live/rooms/", godwit.Output, StringComparison.Ordinal);
        Assert.Contains($"Lab page: http://127.0.0.1:{address.Port}/\n", godwit.Output, StringComparison.Ordinal);
        Assert.Contains("in memory only", godwit.Output, StringComparison.Ordinal);
        Assert.Contains("only requests from this machine are answered", godwit.Output, StringComparison.Ordinal);
        Assert.Empty(godwit.Errors);
    }

    [Fact]
    public async Task Localhost_is_both_loopback_addresses_on_one_port()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://localhost:0"]);
        int port = godwit.Addresses[0].Port;

        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"http://127.0.0.1:{port}/nothing"));
        if (Socket.OSSupportsIPv6)
        {
            Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"http://[::1]:{port}/nothing"));
        }
    }

    [Fact]
    public async Task It_listens_at_every_address_that_it_is_given()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0", "--listen", "http://127.0.0.2:0"]);

        Assert.Equal(["127.0.0.1", "127.0.0.2"], godwit.Addresses.Select(address => address.Host));
        Assert.All(await Task.WhenAll(godwit.Addresses.Select(address => StatusAsync($"{address}nothing"))), status => Assert.Equal(HttpStatusCode.NotFound, status));
    }

    [Fact]
    public async Task Outside_the_mount_there_is_a_problem_document()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0", "--mount", "/live"]);

        using HttpResponseMessage answer = await _client.GetAsync(new Uri(godwit.Addresses[0], "/rt/rooms/lobby"), Cancel);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.False(answer.Headers.Contains("Server"));
        using JsonDocument problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("path.unknown", problem.RootElement.GetProperty("code").GetString());
        Assert.Contains("/live/rooms/", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_head_above_the_limit_is_refused()
    {
        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", "http://127.0.0.1:0"]);

        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(15 << 10));
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, await SendAsync(17 << 10));

        async Task<HttpStatusCode> SendAsync(int size)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(godwit.Addresses[0], "/nothing"));
            request.Headers.Add("X-Long", new string('x', size));
            using HttpResponseMessage answer = await _client.SendAsync(request, Cancel);
            return answer.StatusCode;
        }
    }

    [Fact]
    public async Task Only_its_own_settings_change_it()
    {
        string directory = Directory.CreateTempSubdirectory("godwit-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "appsettings.json"), """{ "Kestrel": { "Endpoints": { "a": { "Url": "nonsense://" } } } }""", Cancel);
            var variables = new Dictionary<string, string> { ["ASPNETCORE_URLS"] = "http://127.0.0.2:0", ["DOTNET_ENVIRONMENT"] = "Development", ["GODWIT_mount"] = "/live" };
            await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0"], variables, directory);

            Assert.Equal("127.0.0.1", Assert.Single(godwit.Addresses).Host);
            Assert.Contains("/live/rooms/", godwit.Output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://*:0")]
    public async Task Where_other_machines_reach_it_it_starts_only_when_everyone_is_allowed(string url)
    {
        (int code, string output, string errors) = await GodwitProcess.RunAsync(["--listen", url]);

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains("--allow-anonymous", errors, StringComparison.Ordinal);

        await using GodwitProcess godwit = await GodwitProcess.ServeAsync(["--listen", url, "--allow-anonymous"]);
        Assert.Contains("everyone who reaches this server may read and publish", godwit.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync($"http://127.0.0.1:{godwit.Addresses[0].Port}/nothing"));
    }

    [Fact]
    public async Task A_port_that_is_taken_is_one_sentence_and_not_a_stack_trace()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        int port = ((IPEndPoint)taken.LocalEndPoint!).Port;

        (int code, string output, string errors) = await GodwitProcess.RunAsync(["--listen", string.Create(CultureInfo.InvariantCulture, $"http://localhost:{port}")]);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.Equal($"godwit: cannot listen at http://localhost:{port}, because another program has the port; stop it, or choose another with --listen.\n", errors);
    }

    [Fact]
    public async Task An_address_that_the_machine_does_not_have_is_one_sentence()
    {
        // RFC 5737: no machine has an address of this block.
        (int code, _, string errors) = await GodwitProcess.RunAsync(["--listen", "http://203.0.113.77:0", "--allow-anonymous"]);

        Assert.Equal(1, code);
        Assert.Equal("godwit: cannot listen at http://203.0.113.77:0, because this machine does not have the address.\n", errors);
    }

    [Fact]
    public async Task A_file_that_cannot_be_read_is_one_sentence()
    {
        string directory = Path.GetTempPath();
        string missing = Path.Combine(directory, $"{Guid.NewGuid():N}.json");
        using TemporaryFile broken = Loading.File("{ nonsense }");

        foreach ((string path, string expected) in new[] { (missing, "there is no file"), (directory, "is a directory"), (broken.Path, ":1:3: the file is not JSON") })
        {
            (int code, string output, string errors) = await GodwitProcess.RunAsync(["--config", path]);

            Assert.Equal(2, code);
            Assert.Empty(output);
            Assert.StartsWith("godwit: ", errors, StringComparison.Ordinal);
            Assert.Contains(expected, errors, StringComparison.Ordinal);
            Assert.Single(errors, character => character == '\n');
        }
    }

    [Fact]
    public async Task Faults_of_all_sources_are_counted_and_listed_and_nothing_is_started()
    {
        using TemporaryFile file = Loading.File("""{ "mount": 5 }""");

        (int code, string output, string errors) = await GodwitProcess.RunAsync(
            ["--lisen", "http://localhost:0", "--config", file.Path],
            new Dictionary<string, string> { ["GODWIT_lab"] = "1" });

        Assert.Equal(2, code);
        Assert.Empty(output);
        string[] lines = errors.TrimEnd('\n').Split('\n');
        Assert.Equal("godwit: 3 faults in the configuration; nothing was started.", lines[0]);
        Assert.Equal(4, lines.Length);
    }

    private async Task<HttpStatusCode> StatusAsync(string url)
    {
        using HttpResponseMessage answer = await _client.GetAsync(new Uri(url), Cancel);
        return answer.StatusCode;
    }
}
