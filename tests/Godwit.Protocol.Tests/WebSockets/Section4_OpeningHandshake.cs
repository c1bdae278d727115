using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Section4_OpeningHandshake
{
    private const string Key = "dGhlIHNhbXBsZSBub25jZQ==";

    [Theory]
    [InlineData("websocket", "Upgrade")]
    [InlineData("WebSocket", "upgrade")]
    [InlineData("h2c, websocket", "keep-alive, Upgrade")]
    [InlineData("websocket ,\th2c", "UPGRADE,keep-alive")]
    public void A_handshake_names_websocket_and_Upgrade_in_any_case_and_among_others(string upgrade, string connection)
    {
        Assert.Null(WebSocketHandshake.Check(upgrade, connection, Key, "13", out string detail));
        Assert.Empty(detail);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("h2c")]
    [InlineData("websockets")]
    [InlineData("web socket")]
    [InlineData("xwebsocket, websocket2")]
    public void Without_websocket_in_Upgrade_it_is_refused(string? upgrade) =>
        Refused(ErrorCode.HandshakeInvalid, "Upgrade header", upgrade, "Upgrade", Key, "13");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("keep-alive")]
    [InlineData("Upgraded")]
    [InlineData("keep-alive Upgrade")]
    public void Without_Upgrade_in_Connection_it_is_refused(string? connection) =>
        Refused(ErrorCode.HandshakeInvalid, "Connection header", "websocket", connection, Key, "13");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ=")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ===")]
    [InlineData("dGhlIHNhbXBsZSBub25jZTE=")]
    [InlineData("dGhlIHNhbXBsZSBub25jZTEx")]
    [InlineData("dGhlIHNhbXBsZSBub25j ZQ=")]
    [InlineData("dGhlIHNhbXBsZSBub25j    ")]
    [InlineData("dGhlIHNhbXBsZSBub2_jZQ==")]
    [InlineData("dGhlIHNhbXBsZSBub25jZQ==,dGhlIHNhbXBsZSBub25jZQ==")]
    public void A_key_that_is_not_16_octets_in_base64_is_refused(string? key)
    {
        Assert.False(WebSocketHandshake.IsKey(key));
        Refused(ErrorCode.HandshakeInvalid, "Sec-WebSocket-Key", "websocket", "Upgrade", key, "13");
    }

    [Theory]
    [InlineData("8")]
    [InlineData("14")]
    [InlineData("013")]
    [InlineData("13, 8")]
    [InlineData("")]
    public void Another_version_is_refused_as_such_whatever_the_key_is(string version) =>
        Refused(ErrorCode.HandshakeVersion, "not 13", "websocket", "Upgrade", "no key", version);

    [Fact]
    public void No_version_at_all_is_an_invalid_handshake() =>
        Refused(ErrorCode.HandshakeInvalid, "no Sec-WebSocket-Version", "websocket", "Upgrade", Key, null);

    [Fact]
    public void The_accept_value_is_that_of_the_example_in_section_1_3() =>
        Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketHandshake.Accept(Key));

    [Fact]
    public void No_accept_value_is_computed_for_what_is_not_a_key() =>
        Assert.Throws<ArgumentException>(() => WebSocketHandshake.Accept("no key"));

    [Fact]
    public void A_new_key_is_a_key_and_another_one_each_time()
    {
        string key = WebSocketHandshake.NewKey();
        Assert.True(WebSocketHandshake.IsKey(key));
        Assert.NotEqual(key, WebSocketHandshake.NewKey());
    }

    private static void Refused(ErrorCode code, string detailPart, string? upgrade, string? connection, string? key, string? version)
    {
        Assert.Same(code, WebSocketHandshake.Check(upgrade, connection, key, version, out string detail));
        Assert.Contains(detailPart, detail, StringComparison.Ordinal);
    }
}
