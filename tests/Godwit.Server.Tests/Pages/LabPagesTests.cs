using System.Net;
using System.Text.RegularExpressions;
using Godwit.Protocol;
using Godwit.Server.Pages;
using Godwit.Server.Tests.Http;

namespace Godwit.Server.Tests.Pages;

public sealed partial class LabPagesTests
{
    private static Task<RoomServer> StartAsync(bool everyone = false, string mount = "/rt") =>
        RoomServer.StartAsync(map: routes => routes.MapLabPages(everyone, mount));

    [Fact]
    public async Task The_page_and_everything_it_names_are_served_with_their_media_types()
    {
        await using RoomServer server = await StartAsync();
        var served = new HashSet<string>();
        var due = new Queue<string>(["/"]);
        while (due.TryDequeue(out string? path))
        {
            if (!served.Add(path))
            {
                continue;
            }

            Answer answer = await server.GetAsync(path);
            Assert.True(answer.Status == HttpStatusCode.OK, $"{path} is answered {answer.Status}");
            Assert.Equal(
                Path.GetExtension(path) switch
                {
                    ".js" => "text/javascript; charset=utf-8",
                    ".css" => "text/css; charset=utf-8",
                    ".svg" => "image/svg+xml",
                    ".txt" => "text/plain; charset=utf-8",
                    _ => "text/html; charset=utf-8",
                },
                answer["Content-Type"]);
            foreach (Match reference in Reference().Matches(answer.Body))
            {
                Uri address = new(new Uri(server.Uri, path), reference.Groups[1].Value);
                if (address.Authority == server.Uri.Authority)
                {
                    due.Enqueue(address.AbsolutePath);
                }
            }
        }

        // Nothing is in the program that the page does not use, and nothing was overlooked here.
        Assert.Equal(LabFiles.ReadAll("/rt").Keys.Select(file => file == LabFiles.Index ? "/" : $"/lab/{file}").Order(), served.Order());
    }

    [Fact]
    public async Task The_page_may_load_only_its_own_files_and_be_framed_by_nobody()
    {
        await using RoomServer server = await StartAsync();
        foreach (string path in (string[])["/", "/lab/raw.js", "/lab/nothing"])
        {
            Answer answer = await server.GetAsync(path);
            string policy = answer["Content-Security-Policy"]!;
            Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Equal("nosniff", answer["X-Content-Type-Options"]);
            Assert.Equal("no-referrer", answer["Referrer-Policy"]);
            Assert.Equal("same-origin", answer["Cross-Origin-Opener-Policy"]);
            Assert.Equal("same-origin", answer["Cross-Origin-Resource-Policy"]);
        }
    }

    [Fact]
    public async Task A_file_that_the_client_holds_is_not_sent_again()
    {
        await using RoomServer server = await StartAsync();
        Answer first = await server.GetAsync("/lab/lab.css");
        string tag = first["ETag"]!;
        Assert.Matches("^\"[^\"]+\"$", tag);
        Assert.Equal("no-cache", first["Cache-Control"]);
        foreach (string held in (string[])[tag, $"W/{tag}", $"\"other\", {tag}", "*"])
        {
            Answer again = await server.GetAsync("/lab/lab.css", ("If-None-Match", held));
            Assert.Equal(HttpStatusCode.NotModified, again.Status);
            Assert.Equal((tag, "no-cache", ""), (again["ETag"], again["Cache-Control"], again.Body));
        }

        foreach (string other in (string[])["\"other\"", "not a tag"])
        {
            Assert.Equal(first.Body, (await server.GetAsync("/lab/lab.css", ("If-None-Match", other))).Body);
        }
    }

    [Fact]
    public async Task The_pages_are_told_where_the_rooms_are()
    {
        await using RoomServer server = await StartAsync(mount: "/a\"b/rt");
        Answer page = await server.GetAsync("/");
        Assert.Contains("<meta name=\"godwit-mount\" content=\"/a&quot;b/rt\">", page.Body, StringComparison.Ordinal);

        Answer session = await server.GetAsync("/lab/session.html");
        Assert.Contains("<meta name=\"godwit-mount\" content=\"/a&quot;b/rt\">", session.Body, StringComparison.Ordinal);

        await using RoomServer customary = await StartAsync();
        Assert.NotEqual(page["ETag"], (await customary.GetAsync("/"))["ETag"]);
    }

    [Fact]
    public async Task The_page_is_told_how_many_octets_the_head_of_a_request_has()
    {
        await using RoomServer server = await StartAsync();
        int head = await OctetsAsync(server);

        // Each field is its name, a colon, a space, its value and a line end.
        Assert.Equal(head + "X-Long: ".Length + 100 + 2, await OctetsAsync(server, ("X-Long", new string('x', 100))));
        Assert.InRange(head, $"POST /lab/head HTTP/1.1\r\nHost: {server.Uri.Authority}\r\n\r\n".Length, 300);
        (await server.SendAsync(HttpMethod.Get, "/lab/head")).IsProblem(ErrorCode.PathUnknown);

        static async Task<int> OctetsAsync(RoomServer server, params (string Name, string Value)[] headers)
        {
            Answer answer = await server.SendAsync(HttpMethod.Post, "/lab/head", null, headers);
            Assert.Equal((HttpStatusCode.OK, "no-store"), (answer.Status, answer["Cache-Control"]));
            return int.Parse(answer.Body, System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Fact]
    public async Task A_request_that_is_not_local_is_refused_with_the_setting_to_make()
    {
        await using RoomServer server = await StartAsync();
        foreach ((string name, string value) in ((string, string)[])[("X-Forwarded-For", "203.0.113.7"), ("Host", "example.com"), ("Origin", "https://example.com")])
        {
            foreach (string path in (string[])["/", "/lab/raw.js", "/lab/nothing"])
            {
                Assert.Contains("--lab", (await server.GetAsync(path, (name, value))).IsProblem(ErrorCode.AccessUnconfigured), StringComparison.Ordinal);
            }

            (await server.SendAsync(HttpMethod.Post, "/lab/head", null, (name, value))).IsProblem(ErrorCode.AccessUnconfigured);
        }
    }

    [Fact]
    public async Task Everyone_is_answered_when_the_lab_is_opened()
    {
        await using RoomServer server = await StartAsync(everyone: true);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/", ("X-Forwarded-For", "203.0.113.7"))).Status);
    }

    [Fact]
    public async Task A_HEAD_is_answered_like_a_GET_without_the_body()
    {
        await using RoomServer server = await StartAsync();
        Answer get = await server.GetAsync("/");
        Answer head = await server.SendAsync(HttpMethod.Head, "/");
        Assert.Equal((get.Status, get["ETag"], get["Content-Length"], ""), (head.Status, head["ETag"], head["Content-Length"], head.Body));
    }

    [Fact]
    public async Task Other_methods_and_unknown_files_are_problems()
    {
        await using RoomServer server = await StartAsync();
        Answer post = await server.PostAsync("/", "{}", "application/json");
        post.IsProblem(ErrorCode.MethodUnsupported);
        Assert.Equal("GET, HEAD", post["Allow"]);
        foreach (string path in (string[])["/lab/nothing.js", "/lab/index.html", "/lab/../Godwit.Server.dll", "/lab/%2e%2e/Program.cs", "/lab/"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await server.GetAsync(path)).Status);
        }
    }

    [GeneratedRegex("""(?:src="|href="(?!#)|from "|import ")([^"]+)"?""")]
    private static partial Regex Reference();
}
