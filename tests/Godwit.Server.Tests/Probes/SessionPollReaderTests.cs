using Godwit.Server.Probes;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Probes;

public sealed class SessionPollReaderTests
{
    [Theory]
    [InlineData(ProbeTransport.ShortPoll)]
    [InlineData(ProbeTransport.SessionShortPoll)]
    internal async Task A_reader_that_follows_the_pace_asks_again_when_the_server_suggests(ProbeTransport transport)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        ProbeTarget room = server.Room() with { FollowsPace = true, PollEvery = TimeSpan.FromDays(1) };
        await using ReaderProbe reader = ReaderProbe.Open(transport, room, ProbeStart.Now);
        await reader.JoinAsync();
        await Reading.PublishAsync(room, "1");
        Assert.Equal("1", (await reader.NextAsync(ProbeFrameKind.Entry)).Data);
    }
}
