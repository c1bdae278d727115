using System.Text;
using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public class SecretTests
{
    private static readonly byte[] Octets = [.. Enumerable.Range(200, 48).Select(number => (byte)number)];
    private static readonly string Key = Convert.ToBase64String(Octets);
    private static readonly string Other = Convert.ToBase64String([.. Octets.Reverse()]);

    [Fact]
    public void Without_keys_there_are_none()
    {
        Assert.Empty(Loading.Settings().Engine.Session.Keys);
    }

    [Fact]
    public void Keys_stand_in_the_file_the_signing_one_first()
    {
        ServerSettings settings = Loading.Settings($$"""{ "session": { "keys": ["{{Key}}", "{{Other}}"] } }""");

        Assert.Equal(2, settings.Engine.Session.Keys.Count);
        Assert.Equal(Octets, settings.Engine.Session.Keys[0].Octets.ToArray());
    }

    [Fact]
    public void Both_alphabets_of_base64_are_taken_with_padding_or_without()
    {
        byte[] octets = [.. Enumerable.Repeat((byte)0xfb, 34)];
        string padded = Convert.ToBase64String(octets);
        foreach (string text in new[] { padded, padded.TrimEnd('='), padded.Replace('+', '-').Replace('/', '_'), padded.TrimEnd('=').Replace('+', '-').Replace('/', '_') })
        {
            Assert.Equal(octets, Assert.Single(Loading.Settings(variables: [$"GODWIT_session__keys__0={text}"]).Engine.Session.Keys).Octets.ToArray());
        }
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("")]
    public void A_key_is_read_from_a_file_with_a_line_break_at_its_end_or_without(string end)
    {
        using var secret = new TemporaryFile(Encoding.ASCII.GetBytes(Key + end));

        foreach (ServerSettings settings in new[]
        {
            Loading.Settings($$"""{ "session": { "keys": [{ "file": "{{secret.Path}}" }] } }"""),
            Loading.Settings(variables: [$"GODWIT_SESSION__KEYS__0__FILE={secret.Path}"]),
        })
        {
            Assert.Equal(Octets, Assert.Single(settings.Engine.Session.Keys).Octets.ToArray());
        }
    }

    [Fact]
    public void A_key_of_several_lines_is_one_key()
    {
        byte[] octets = [.. Enumerable.Range(0, 96).Select(number => (byte)number)];
        using var secret = new TemporaryFile(Encoding.ASCII.GetBytes(Convert.ToBase64String(octets).Insert(64, "\n") + "\n"));

        ServerSettings settings = Loading.Settings($$"""{ "session": { "keys": [{ "file": "{{secret.Path}}" }] } }""");

        Assert.Equal(octets, Assert.Single(settings.Engine.Session.Keys).Octets.ToArray());
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcdef!", "is not base64")]
    [InlineData("c2VjcmV0LXNlY3JldC1zZWNyZXQ=", "is too short")]
    [InlineData("c2VjcmV0LXNlY3JldC1zZWNyZXQ====", "is not base64")]
    [InlineData("", "is empty")]
    public void A_key_that_is_none_is_a_fault_that_does_not_show_it(string wrong, string expected)
    {
        using var secret = new TemporaryFile(Encoding.ASCII.GetBytes(wrong));
        foreach (string fault in new[]
        {
            Loading.Fault($$"""{ "session": { "keys": ["{{wrong}}"] } }"""),
            Loading.Fault($$"""{ "session": { "keys": [{ "file": "{{secret.Path}}" }] } }"""),
            Loading.Fault(variables: [$"GODWIT_session__keys__0={wrong}"]),
        })
        {
            Assert.Contains(expected, fault, StringComparison.Ordinal);
            Assert.Contains("it takes base64 or base64url of 32 to 1024 random octets", fault, StringComparison.Ordinal);
            Assert.True(wrong.Length == 0 || !fault.Contains(wrong[..8], StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("""{ "file": "/nowhere/secret" }""", "file:1:35: session.keys[0].file: there is no file \"/nowhere/secret\"")]
    [InlineData("""{ "file": "/tmp" }""", "\"/tmp\" is a directory")]
    [InlineData("""{ "file": "" }""", "session.keys[0].file: it names no file")]
    [InlineData("""{ "file": 1 }""", "session.keys[0].file: it names no file")]
    [InlineData("""{}""", "session.keys[0].file: it names no file")]
    [InlineData("""{ "fiel": "a" }""", "session.keys[0].fiel: there is no such setting")]
    [InlineData("""12""", "session.keys[0]: a number stands here")]
    [InlineData("""null""", "session.keys[0]: null is not a value")]
    public void A_key_that_cannot_be_read_is_a_fault_that_says_why(string item, string expected)
    {
        Assert.Contains(expected, Loading.Fault($$"""{ "session": { "keys": [{{item}}] } }"""), StringComparison.Ordinal);
    }

    [Fact]
    public void A_third_key_and_one_that_stands_there_already_are_faults()
    {
        Assert.Contains("session.keys: it has 3 items; it takes up to 2", Loading.Fault($$"""{ "session": { "keys": ["{{Key}}", "{{Other}}", "{{Key}}"] } }"""), StringComparison.Ordinal);
        Assert.Contains("session.keys[1]: it is the same key", Loading.Fault($$"""{ "session": { "keys": ["{{Key}}", "{{Key}}"] } }"""), StringComparison.Ordinal);
        Assert.Empty(Loading.Settings("""{ "session": { "keys": [] } }""").Engine.Session.Keys);
    }

    [Fact]
    public void A_key_given_where_the_list_should_stand_is_not_shown()
    {
        Assert.DoesNotContain(Key[..8], Loading.Fault(variables: [$"GODWIT_session__keys={Key}"]), StringComparison.Ordinal);
        Assert.DoesNotContain(Key[..8], Loading.Fault($$"""{ "session": { "keys": "{{Key}}" } }"""), StringComparison.Ordinal);
    }
}
