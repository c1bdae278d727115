using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

public sealed class LatestTests(SharedServer shared)
{
    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Who_comes_late_to_a_room_of_the_latest_gets_its_newest_entry_alone(Via via)
    {
        ProbeTarget target = shared.RoomOfLatest();
        List<string> positions = await Reading.FillAsync(target, 20);

        await using ReaderProbe reader = via.Open(target, ProbeStart.After(positions[3]));

        // Nothing stands between them: the verdict is ok, nothing is said of what was skipped.
        await reader.JoinAsync();
        Assert.Equal(positions[^1], (await reader.NextAsync(ProbeFrameKind.Entry)).Position);
        await reader.AssertNothingElseAsync();
    }
}
