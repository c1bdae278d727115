using System.Net;
using System.Text.RegularExpressions;
using Godwit.Access;
using Godwit.AspNetCore;
using Godwit.Protocol;
using Godwit.Server.Tests.Http;
using Microsoft.AspNetCore.Builder;

namespace Godwit.Server.Tests.Clients;

/// <summary>The modules of the JavaScript client, as PROTOCOL.md section 3.2 has them.</summary>
public sealed partial class ClientModuleTests
{
    [Theory]
    [InlineData("/rt")]
    [InlineData("/")]
    [InlineData("/a/b")]
    public async Task The_client_and_everything_it_imports_are_served_as_they_stand(string mount)
    {
        await using RoomServer server = await RoomServer.StartAsync(map: routes => routes.MapGodwit(mount));
        var served = new HashSet<string>();
        var due = new Queue<string>([$"{mount.TrimEnd('/')}/client.js"]);
        while (due.TryDequeue(out string? path))
        {
            if (!served.Add(path))
            {
                continue;
            }

            Answer module = await server.GetAsync(path);
            Assert.True(module.Status == HttpStatusCode.OK, $"{path} is answered {module.Status}");
            Assert.Equal(("text/javascript; charset=utf-8", "no-cache", "nosniff", "Origin"), (module["Content-Type"], module["Cache-Control"], module["X-Content-Type-Options"], module["Vary"]));
            foreach (Match import in Import().Matches(module.Body))
            {
                due.Enqueue(new Uri(new Uri(server.Uri, path), import.Groups[1].Value).AbsolutePath);
            }
        }

        Assert.True(served.Count > 20, $"{served.Count} modules");
    }

    [Fact]
    public async Task A_module_that_the_browser_holds_is_not_sent_again()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer first = await server.GetAsync("/rt/client/godwit.js");
        Answer again = await server.GetAsync("/rt/client/godwit.js", ("If-None-Match", first["ETag"]!));
        Assert.Equal((HttpStatusCode.NotModified, first["ETag"], "no-cache", ""), (again.Status, again["ETag"], again["Cache-Control"], again.Body));
        Answer head = await server.SendAsync(HttpMethod.Head, "/rt/client/godwit.js");
        Assert.Equal((HttpStatusCode.OK, first["Content-Length"], ""), (head.Status, head["Content-Length"], head.Body));
    }

    [Fact]
    public async Task Who_may_not_ask_anything_gets_no_module_either()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        (await server.GetAsync("/rt/client.js", ("X-Forwarded-For", "203.0.113.7"))).IsProblem(ErrorCode.AccessUnconfigured);
        await using RoomServer open = await RoomServer.StartAsync(http => http.Anonymous = AnonymousAccess.Everyone);
        (await open.GetAsync("/rt/client.js", ("Origin", "https://evil.example"))).IsProblem(ErrorCode.OriginRefused);
    }

    [Fact]
    public async Task Pages_of_other_origins_that_are_taken_may_import_it()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer answer = await server.GetAsync("/rt/client.js", ("Origin", "http://localhost:3000"));
        Assert.Equal((HttpStatusCode.OK, "http://localhost:3000"), (answer.Status, answer["Access-Control-Allow-Origin"]));
    }

    [Fact]
    public async Task No_credential_is_needed_and_a_bad_one_does_not_matter()
    {
        await using RoomServer server = await RoomServer.StartAsync(http => http.Access.Secrets.Add(new SharedSecret(new byte[32])));
        (await server.GetAsync("/rt/rooms/lobby")).IsProblem(ErrorCode.CredentialMissing);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/rt/client.js")).Status);
        Assert.Equal(HttpStatusCode.OK, (await server.GetAsync("/rt/client/room.js", ("Authorization", "Bearer nonsense"), ("X-Forwarded-For", "203.0.113.7"))).Status);
    }

    [Fact]
    public async Task Other_methods_and_unknown_modules_are_problems()
    {
        await using RoomServer server = await RoomServer.StartAsync();
        Answer post = await server.PostAsync("/rt/client.js", "{}", "application/json");
        post.IsProblem(ErrorCode.MethodUnsupported);
        Assert.Equal("GET, HEAD, OPTIONS", post["Allow"]);
        foreach (string path in (string[])["/rt/client/nothing.js", "/rt/client/", "/rt/client/..%2fclient.js", "/rt/client/transports", "/rt/client.js/x"])
        {
            (await server.GetAsync(path)).IsProblem(ErrorCode.PathUnknown);
        }

        Assert.Contains("/rt/client.js", (await server.GetAsync("/rt/x")).IsProblem(ErrorCode.PathUnknown), StringComparison.Ordinal);
    }

    [GeneratedRegex("""^(?:import|export) [^;]*? from "(\.[^"]+)";""", RegexOptions.Multiline)]
    private static partial Regex Import();
}
