using System.Net;
using Godwit.Server.Following;
using Godwit.Server.Probes;
using Godwit.Server.Reaching;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Godwit.Server.Tests.Following;

/// <summary>What the client of <c>godwit sub</c> does about servers that do what Godwit never does.</summary>
public sealed class ResumingReaderTests
{
    [Fact]
    public async Task Entries_that_come_again_are_dropped_until_a_reset_begins_another_log()
    {
        await using StreamServer server = await StreamServer.StartAsync(
            Joined("ok", "3aaaaaaaaaa-0-000000") + Entry("3aaaaaaaaaa", 1) + Entry("3aaaaaaaaaa", 2),
            Joined("ok", "3aaaaaaaaaa-2-000000") + Entry("3aaaaaaaaaa", 2) + Entry("3aaaaaaaaaa", 3),
            Joined("reset", "4bbbbbbbbbb-0-000000") + Entry("4bbbbbbbbbb", 1));
        var reader = new ResumingReader(ProbeTransport.HttpStream, server.Room, ProbeStart.Oldest, static _ => { });
        var seen = new List<string>();
        await foreach (ProbeFrame frame in reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            seen.Add(frame.Kind == ProbeFrameKind.Entry ? $"{frame.Offset}" : $"{frame.Kind}");
            if (seen.Count == 5)
            {
                break;
            }
        }

        Assert.Equal(["1", "2", "3", "Reset", "1"], seen);
        Assert.Equal((1, 2), (reader.Dropped, reader.Resumed));
        Assert.Equal(["start", "3aaaaaaaaaa-2-000000", "3aaaaaaaaaa-3-000000"], server.Asked);
    }

    [Fact]
    public async Task A_connection_on_which_nothing_comes_is_given_up_and_begun_again_from_the_position()
    {
        await using StreamServer server = await StreamServer.StartAsync(
            Joined("ok", "3aaaaaaaaaa-0-000000") + Entry("3aaaaaaaaaa", 1) + StreamServer.Stays,
            Joined("ok", "3aaaaaaaaaa-1-000000") + Entry("3aaaaaaaaaa", 2));
        var notices = new List<string>();
        var reader = new ResumingReader(ProbeTransport.HttpStream, server.Room, ProbeStart.Oldest, notices.Add) { Silence = TimeSpan.FromSeconds(10) };
        var seen = new List<long>();
        await foreach (ProbeFrame frame in reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            seen.Add(frame.Offset);
            if (seen.Count == 2)
            {
                break;
            }
        }

        Assert.Equal([1, 2], seen);
        Assert.StartsWith("nothing came for 10 s; again in ", Assert.Single(notices), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_that_is_final_ends_it()
    {
        await using StreamServer server = await StreamServer.StartAsync(
            Joined("ok", "3aaaaaaaaaa-0-000000") + "{\"op\":\"error\",\"room\":\"lobby\",\"code\":\"token.expired\",\"title\":\"The token has ended.\"}\n");
        var reader = new ResumingReader(ProbeTransport.HttpStream, server.Room, ProbeStart.Oldest, static _ => { });
        ServerFault fault = await Assert.ThrowsAsync<ServerFault>(async () =>
        {
            await foreach (ProbeFrame frame in reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                Assert.Fail($"{frame}");
            }
        });
        Assert.EndsWith("refuses with token.expired: The token has ended; give another token or API key", fault.Message, StringComparison.Ordinal);
    }

    private static string Joined(string verdict, string position) => $"{{\"op\":\"joined\",\"room\":\"lobby\",\"position\":\"{position}\",\"verdict\":\"{verdict}\"}}\n";

    private static string Entry(string epoch, int offset) =>
        $"{{\"op\":\"entry\",\"room\":\"lobby\",\"position\":\"{epoch}-{offset}-000000\",\"offset\":{offset},\"event\":\"message\",\"data\":{offset},\"time\":1}}\n";

    /// <summary>A web server that answers one request after the other with the streams it was given.</summary>
    private sealed class StreamServer : IAsyncDisposable
    {
        /// <summary>Behind a stream: it stays open.</summary>
        public const string Stays = "stays";

        private readonly WebApplication _application;
        private readonly Queue<string> _streams;

        private StreamServer(WebApplication application, IEnumerable<string> streams) => (_application, _streams) = (application, new Queue<string>(streams));

        public List<string> Asked { get; } = [];

        public ProbeTarget Room => new() { Mount = new Uri(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/rt"), Room = "lobby" };

        public static async Task<StreamServer> StartAsync(params string[] streams)
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.ConfigureKestrel(static options => options.Listen(IPAddress.Loopback, 0));
            WebApplication application = builder.Build();
            var server = new StreamServer(application, streams);
            application.Run(server.AnswerAsync);
            await application.StartAsync(TestContext.Current.CancellationToken);
            return server;
        }

        public async ValueTask DisposeAsync()
        {
            using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await _application.StopAsync(now.Token);
            await _application.DisposeAsync();
        }

        private async Task AnswerAsync(HttpContext context)
        {
            Asked.Add(context.Request.Query["after"].ToString());
            string stream = _streams.Dequeue();
            context.Response.ContentType = "application/x-ndjson";
            await context.Response.WriteAsync(stream.Replace(Stays, "", StringComparison.Ordinal));
            await context.Response.Body.FlushAsync(context.RequestAborted);
            if (stream.EndsWith(Stays, StringComparison.Ordinal))
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
