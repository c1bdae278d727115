using System.Text;
using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Rooms;

namespace Godwit.Server.Tests.Http;

public class PublishLineReaderTests
{
    [Theory]
    [InlineData("\"\\ud800\":1")]
    [InlineData("\"\\u006conger than every name\":1")]
    public void Names_that_cannot_be_known_cost_no_exception_each(string name)
    {
        byte[] line = Encoding.UTF8.GetBytes($$"""{"room":"a","data":1,{{string.Join(',', Enumerable.Repeat(name, 20_000))}}}""");
        var recent = new RecentDestinations(new RoomPolicies([]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.True(PublishLineReader.TryRead(line, 1, recent, Caller.Nobody, out PublishLine publish, out Problem _));
        Assert.Equal("a", publish.Room!.Name.ToString());

        // An exception is some hundreds of octets, and ten microseconds.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Theory]
    [InlineData("\"\\u0072oom\":\"\\u0061\",\"d\\u0061ta\":1", "a")]
    [InlineData("\"room\":\"a\",\"bytes\":\"AA\\u003d=\"", "a")]
    public void Names_and_values_may_be_escaped(string fields, string room)
    {
        var recent = new RecentDestinations(new RoomPolicies([]));
        Assert.True(PublishLineReader.TryRead(Encoding.UTF8.GetBytes("{" + fields + "}"), 1, recent, Caller.Nobody, out PublishLine publish, out Problem _));
        Assert.Equal(room, publish.Room!.Name.ToString());
    }
}
