using Godwit.Server.Probes;
using Godwit.Server.Tests.Administration;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Commands;

public sealed class AdminCommandTests : IDisposable
{
    private readonly string _keyFile = Path.GetTempFileName();

    public void Dispose() => File.Delete(_keyFile);

    [Fact]
    public async Task Rooms_and_connections_are_listed_a_line_each_page_after_page()
    {
        await using AdminScene scene = await StartAsync();
        await scene.PublishAsync("room:a", "1");
        await scene.PublishAsync("room:b", "1");
        await using ReaderProbe reader = Via.WebSocket.Open(scene.Room(scene.Token("ann"), "room:a"), ProbeStart.Now);
        await reader.JoinAsync();

        (int code, string output, string errors) = await RunAsync(scene, "rooms");
        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(2, output.TrimEnd().Split('\n').Length);
        (code, output, _) = await RunAsync(scene, "connections", "--user", "ann");
        Assert.Equal(0, code);
        Assert.Contains("\"user\":\"ann\"", Assert.Single(output.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Orders_do_what_the_requests_do()
    {
        await using AdminScene scene = await StartAsync();
        List<string> positions = await Reading.FillAsync(scene.Room(scene.Backend, "room:a"), 3);
        await using ReaderProbe reader = Via.WebSocket.Open(scene.Room(scene.Token("ann"), "room:a"), ProbeStart.Now);
        await reader.JoinAsync();

        Assert.Contains("\"dropped\":2", (await RunAsync(scene, "trim", "--before", positions[2], "room:a")).Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(scene, "end", "room:a")).Code);
        await reader.NextAsync(ProbeFrameKind.Reset);
        Assert.Equal(0, (await RunAsync(scene, "leave", "--user", "ann", "room:a")).Code);
        Assert.Equal(4572, (await reader.NextAsync(ProbeFrameKind.End)).Status);
        Assert.Equal(0, (await RunAsync(scene, "disconnect", "--user", "ann")).Code);
        Assert.Contains("\"before\":1767225600000", (await RunAsync(scene, "revoke", "--user", "ann", "--before", "2026-01-01T00:00:00Z")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_goes_wrong_is_told_with_the_code_and_the_reason()
    {
        await using AdminScene scene = await StartAsync();

        (int code, _, string errors) = await RunAsync(scene, "end", "room:a");
        Assert.Equal(1, code);
        Assert.StartsWith("godwit: 404 room.unknown: ", errors, StringComparison.Ordinal);
        (code, _, errors) = await RunAsync(scene, "revoke");
        Assert.Equal(1, code);
        Assert.Contains("Name one of 'user', 'session' and 'jti'.", errors, StringComparison.Ordinal);
        (code, _, errors) = await RunAsync(scene, "end", "a b");
        Assert.Equal(2, code);
        Assert.Contains("A room name is", errors, StringComparison.Ordinal);
        (code, _, errors) = await RunAsync("admin", "rooms", "--url", "localhost");
        Assert.Equal(2, code);
        Assert.StartsWith("godwit: --url: ", errors, StringComparison.Ordinal);
        (code, _, errors) = await RunAsync("admin", "rooms", "--url", "http://127.0.0.1:1/rt");
        Assert.Equal(1, code);
        Assert.StartsWith("godwit: no Godwit answers at http://127.0.0.1:1/rt", errors, StringComparison.Ordinal);
        (code, _, errors) = await RunAsync("admin", "rooms", "--key-file", "/there/is/none");
        Assert.Equal(2, code);
        Assert.StartsWith("godwit: --key-file: ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gk_one\ngk_two")]
    [InlineData("a key")]
    public async Task A_file_that_holds_no_key_is_told_so(string content)
    {
        await File.WriteAllTextAsync(_keyFile, content, TestContext.Current.CancellationToken);

        (int code, _, string errors) = await RunAsync("admin", "rooms", "--key-file", _keyFile);

        Assert.Equal(2, code);
        Assert.StartsWith("godwit: --key-file: it holds no API key", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("gk_", errors, StringComparison.Ordinal);
    }

    private async Task<AdminScene> StartAsync()
    {
        AdminScene scene = await AdminScene.StartAsync();
        await File.WriteAllTextAsync(_keyFile, scene.Admin + "\n", TestContext.Current.CancellationToken);
        return scene;
    }

    private Task<(int Code, string Output, string Errors)> RunAsync(AdminScene scene, params string[] args) =>
        RunAsync(["admin", .. args, "--url", scene.Server.Mount.ToString(), "--key-file", _keyFile]);

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = await Server.Commands.GodwitCommand.RunAsync(args, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
