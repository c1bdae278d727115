using System.Net.Http.Json;
using System.Text;

namespace Godwit.Server.Tests.Docs;

/// <summary>What has to be there before the examples of a section are run.</summary>
internal sealed class Scene
{
    private const string Program = "dotnet run -c Release --project src/Godwit.Server";
    private const string Hi = """{"text":"hi"}""";
    private const string There = """{"text":"there"}""";

    private static readonly Scene Lobby42 = new()
    {
        Servers = [Program],
        Enter = async stage => await stage.FillAsync("lobby", 42, Hi, "3kQ9xLm0aZ_-41-2b0Xq_", "3kQ9xLm0aZ_-42-03fK9a"),
    };

    /// <summary>The scenes by document and section.</summary>
    public static IReadOnlyDictionary<(string Document, string Section), Scene> All { get; } = new Dictionary<(string, string), Scene>
    {
        [("README.md", "Start")] = new() { Left = ["./test.sh"] },
        [("README.md", "With TLS")] = new(),
        [("README.md", "Settings")] = new(),
        [("README.md", "The first five minutes")] = new()
        {
            Servers = [Program],

            // It does not end.
            Left = [$"{Program} -- sub lobby --last 10"],
            Meanwhile = { ["Long poll"] = ("lobby", """{"text":"meanwhile"}""") },
            Sees =
            {
                ["Long poll"] = "\"data\":{\"text\":\"meanwhile\"}",
                ["Server-sent events"] = """data: {"text":"hello"}""",
                ["HTTP streaming"] = "\"data\":{\"text\":\"hello\"}",
                ["Publish once"] = "\"duplicate\":false",
                ["Many rooms, both ways"] = "\"replies\":[{\"op\":\"reply\",\"id\":1,\"position\":",
                ["From a shell"] = "1 acknowledged; the last at ",
                ["Publish many"] = """{"rooms":{"lobby":{"position":""",
            },
        },
        [("README.md", "Access")] = new(),

        // Verifying/StartedServerTests runs it for a shorter time.
        [("README.md", "Verify it")] = new() { Left = [$"{Program} -- verify --start sqlite --duration 60s --html report.html"] },

        // Comparing/CompareRunTests runs it for a shorter time.
        [("README.md", "Choosing a transport")] = new() { Left = [$"{Program} -- compare --html report.html"] },
        [("production.md", "Credentials")] = new(),
        [("production.md", "nginx in front")] = new()
        {
            // nginx is run with its configuration by Proxies/NginxTests.
            Left =
            [
                "cp docs/operations/nginx.conf /etc/nginx/conf.d/godwit.conf",
                "nginx -t",
                "systemctl reload nginx",
                "curl https://rt.example.com/rt/rooms/news:today",
            ],
        },
        [("production.md", "HAProxy in front")] = new()
        {
            // HAProxy is run with its configuration by Proxies/HaproxyTests.
            Left =
            [
                "cat cert.pem key.pem > /etc/ssl/rt.example.com/rt.pem",
                "chmod 600 /etc/ssl/rt.example.com/rt.pem",
                "cp docs/operations/haproxy.cfg /etc/haproxy/haproxy.cfg",
                "haproxy -c -f /etc/haproxy/haproxy.cfg",
                "systemctl reload haproxy",
            ],
        },
        [("PROTOCOL.md", "3.1 Versions of HTTP")] = new()
        {
            Servers = [$"{Program} -- cert --out \"$PWD\"", $"{Program} -- --listen https://localhost:8443 --listen h2c://localhost:8080 --tls-cert cert.pem --tls-key key.pem"],
        },
        [("PROTOCOL.md", "5.1 Example")] = new() { Servers = Lobby42.Servers, Enter = Lobby42.Enter, Meanwhile = { ["wait=30"] = ("lobby", There) } },
        [("PROTOCOL.md", "6. Server-sent events")] = new() { Servers = Lobby42.Servers, Enter = Lobby42.Enter, Variables = { ["GODWIT_heartbeat"] = "1s" } },
        [("PROTOCOL.md", "7. HTTP streaming")] = new() { Servers = Lobby42.Servers, Enter = Lobby42.Enter, Variables = { ["GODWIT_heartbeat"] = "1s" } },
        [("PROTOCOL.md", "9. Publishing")] = new() { Servers = [Program], Enter = stage => stage.FillAsync("lobby", 41, Hi) },
        [("PROTOCOL.md", "9.1 Many publishes in one request")] = new() { Servers = [Program] },
        [("PROTOCOL.md", "10.1 Problem documents")] = new() { Servers = [Program] },
        [("PROTOCOL.md", "13.4 Session exchange")] = new()
        {
            Servers = [Program],
            Enter = async stage =>
            {
                await Lobby42.Enter(stage);
                await stage.FillAsync("news", 2, "1");
            },
        },
        [("PROTOCOL.md", "13.5 Session stream")] = Lobby42,
    };

    /// <summary>Commands that prepare or start the servers, in the words of the README.</summary>
    public IReadOnlyList<string> Servers { get; private init; } = [];

    /// <summary>Environment variables of the servers.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    /// <summary>What is done once the servers listen.</summary>
    public Func<Stage, Task> Enter { get; private init; } = _ => Task.CompletedTask;

    /// <summary>What is published while a command runs; by the words above its example or a part of the command.</summary>
    public Dictionary<string, (string Room, string Json)> Meanwhile { get; } = [];

    /// <summary>What comes in the answer where the document shows none; by the words above the example.</summary>
    public Dictionary<string, string> Sees { get; } = [];

    /// <summary>Commands that are not run.</summary>
    public IReadOnlyList<string> Left { get; private init; } = [];
}

/// <summary>A terminal with its servers, and what is known of the positions that the examples show.</summary>
internal sealed record Stage(Terminal Terminal, Likeness Likeness, HttpClient Client)
{
    /// <summary>Publishes to a room so many entries: numbers, and the last one as given.</summary>
    /// <param name="room">The room.</param>
    /// <param name="count">How many entries.</param>
    /// <param name="last">The data of the last.</param>
    /// <param name="known">Positions that the examples show of this room, by which the offset says which is which.</param>
    public async Task FillAsync(string room, int count, string last, params string[] known)
    {
        for (int offset = 1; offset <= count; offset++)
        {
            string position = await PublishAsync(room, offset == count ? last : $"{offset}");
            foreach (string shown in known.Where(shown => shown.Split('-')[1] == $"{offset}"))
            {
                Assert.True(Likeness.Takes(shown, position), $"{shown} is not like {position}.");
            }
        }
    }

    /// <summary>Publishes an entry and returns its position.</summary>
    public async Task<string> PublishAsync(string room, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage response = await Client.PostAsync($"http://{Terminal.Address("localhost:8080")}/rt/rooms/{room}", content, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        Dictionary<string, object>? answer = await response.Content.ReadFromJsonAsync<Dictionary<string, object>>(TestContext.Current.CancellationToken);
        return answer!["position"].ToString()!;
    }
}
