using Godwit.AspNetCore.Lanes;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Tests.Lanes;

/// <summary>The Kestrel lane where a request ends before its connection has let go of it.</summary>
public sealed class StreamOutletTests
{
    [Fact]
    public void A_request_that_the_web_server_has_ended_can_be_aborted_still()
    {
        var context = new DefaultHttpContext();
        var outlet = new StreamOutlet(context, Stream.Null);
        context.Uninitialize();
        Assert.Throws<ObjectDisposedException>(context.Abort);
        Assert.Null(Record.Exception(outlet.Abort));
    }
}
