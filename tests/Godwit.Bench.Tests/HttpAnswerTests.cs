using System.Text;
using Godwit.Bench.Generator;

namespace Godwit.Bench.Tests;

public sealed class HttpAnswerTests
{
    [Theory]
    [InlineData("HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello", 201, "hello")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, "hello")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\n", 204, "")]
    public void An_answer_is_taken_when_it_is_whole_and_not_before(string answer, int status, string body)
    {
        byte[] octets = Encoding.ASCII.GetBytes(answer);
        for (int length = 0; length < octets.Length; length++)
        {
            Assert.False(HttpAnswer.TryTake(octets.AsSpan(0, length), out _, out _, out _));
        }

        Assert.True(HttpAnswer.TryTake((byte[])[.. octets, .. "HTTP/1.1"u8], out int taken, out int got, out Span<byte> content));
        Assert.Equal((octets.Length, status, body), (taken, got, Encoding.ASCII.GetString(content)));
    }

    [Fact]
    public void A_field_is_found_by_its_name()
    {
        ReadOnlySpan<byte> head = "HTTP/1.1 200 OK\r\nLast-Modified: Sat, 28 Nov 2026 00:00:00 GMT\r\nEtag: 3\r\n\r\n"u8;

        Assert.Equal("Sat, 28 Nov 2026 00:00:00 GMT"u8, HttpAnswer.Field(head, "\r\nLast-Modified: "u8));
        Assert.Equal("3"u8, HttpAnswer.Field(head, "\r\nEtag: "u8));
        Assert.True(HttpAnswer.Field(head, "\r\nExpires: "u8).IsEmpty);
    }
}
