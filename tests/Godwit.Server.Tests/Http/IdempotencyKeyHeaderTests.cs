using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Microsoft.Extensions.Primitives;

namespace Godwit.Server.Tests.Http;

public class IdempotencyKeyHeaderTests
{
    private const string Strong = "6f1e0c9a-4b7d-4f0e-9a56";

    [Theory]
    [InlineData(Strong, Strong)]
    [InlineData("\"" + Strong + "\"", Strong)]
    [InlineData("\"0123456789012345678901\\\"\\\\\"", "0123456789012345678901\"\\")]
    [InlineData("0123456789012345678901\"\\", "0123456789012345678901\"\\")]
    public void A_quoted_and_a_bare_value_are_the_same_key(string header, string expected)
    {
        Assert.True(IdempotencyKeyHeader.TryRead(header, anonymous: true, out string? key, out _));
        Assert.Equal(expected, key);
    }

    [Fact]
    public void Without_the_header_there_is_no_key()
    {
        Assert.True(IdempotencyKeyHeader.TryRead(StringValues.Empty, anonymous: true, out string? key, out _));
        Assert.Null(key);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"\"")]
    [InlineData("\"" + Strong)]
    [InlineData("\"" + Strong + "\";a=1")]
    [InlineData("\"" + Strong + "\\\"")]
    [InlineData("\"" + Strong + "\\n\"")]
    [InlineData("\"" + Strong + "\"\"")]
    [InlineData("\"" + Strong + " \"")]
    [InlineData(Strong + " x")]
    [InlineData(Strong + "\u00e9")]
    [InlineData("\"")]
    public void Another_form_is_refused(string header) => Assert.Equal("key.invalid", Refused(header, anonymous: false));

    [Fact]
    public void A_key_is_1_to_128_characters()
    {
        Assert.True(IdempotencyKeyHeader.TryRead("k", anonymous: false, out _, out _));
        Assert.True(IdempotencyKeyHeader.TryRead(new string('k', 128), anonymous: false, out _, out _));
        Assert.Equal("key.invalid", Refused(new string('k', 129), anonymous: false));
    }

    [Fact]
    public void A_repeated_header_is_refused() => Assert.Equal("key.invalid", Refused(new StringValues([Strong, Strong]), anonymous: true));

    [Fact]
    public void An_anonymous_key_has_22_characters_or_more_not_counting_the_quotation_marks()
    {
        Assert.True(IdempotencyKeyHeader.TryRead(new string('k', 22), anonymous: true, out _, out _));
        Assert.Equal("key.weak", Refused(new string('k', 21), anonymous: true));
        Assert.Equal("key.weak", Refused($"\"{new string('k', 21)}\"", anonymous: true));
        Assert.True(IdempotencyKeyHeader.TryRead(new string('k', 21), anonymous: false, out _, out _));
    }

    private static string Refused(StringValues header, bool anonymous)
    {
        Assert.False(IdempotencyKeyHeader.TryRead(header, anonymous, out _, out Problem problem));
        return problem.Code.Code;
    }
}
