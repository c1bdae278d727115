using Godwit.AspNetCore.Requests;
using Microsoft.Extensions.Primitives;

namespace Godwit.Server.Tests.Http;

public class AcceptHeaderTests
{
    [Theory]
    [InlineData(null, "Polling")]
    [InlineData("", "Polling")]
    [InlineData(" , ", "Polling")]
    [InlineData("*/*", "Polling")]
    [InlineData("application/json", "Polling")]
    [InlineData("APPLICATION/JSON;q=0.001", "Polling")]
    [InlineData("application/*", "Polling")]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Polling")]
    [InlineData("text/event-stream", "ServerSentEvents")]
    [InlineData("Text/Event-Stream", "ServerSentEvents")]
    [InlineData("text/event-stream;charset=utf-8", "ServerSentEvents")]
    [InlineData("application/json, text/event-stream;q=0.1", "ServerSentEvents")]
    [InlineData("application/x-ndjson, text/event-stream", "ServerSentEvents")]
    [InlineData("text/event-stream;q=0, text/event-stream", "ServerSentEvents")]
    [InlineData("application/x-ndjson", "HttpStreaming")]
    [InlineData("text/event-stream;q=0, application/x-ndjson;q=0.5, */*", "HttpStreaming")]
    [InlineData("text/event-stream ; q=0.000 , application/json", "Polling")]
    [InlineData("text/*", null)]
    [InlineData("text/html", null)]
    [InlineData("text/event-stream;q=0", null)]
    [InlineData("application/json;q=0", null)]
    [InlineData("application/json;q=0, */*", null)]
    [InlineData("*/*, application/json;q=0.0", null)]
    [InlineData("application/*;q=0, */*", null)]
    [InlineData("application/*;q=0, application/json", "Polling")]
    [InlineData("*/*;q=0", null)]
    [InlineData("text/event-stream;q=2", null)]
    [InlineData("text/event-stream;q=1\0", null)]
    [InlineData("text/event-stream;q=x, application/json", "Polling")]
    [InlineData("text/html;a=\", text/event-stream, \"", null)]
    [InlineData("text/html;a=\"\\\", text/event-stream, \"", null)]
    public void The_transport_is_the_one_that_the_header_names(string? accept, string? expected) =>
        Assert.Equal(expected, AcceptHeader.Choose(accept is null ? StringValues.Empty : new StringValues(accept))?.ToString());

    [Fact]
    public void Several_header_lines_count_as_one_list()
    {
        Assert.Equal(TransportKind.HttpStreaming, AcceptHeader.Choose(new StringValues(["text/html", "application/x-ndjson"])));
        Assert.Null(AcceptHeader.Choose(new StringValues(["*/*", "application/json;q=0"])));
    }
}
