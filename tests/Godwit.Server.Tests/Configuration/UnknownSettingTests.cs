namespace Godwit.Server.Tests.Configuration;

public class UnknownSettingTests
{
    [Theory]
    [InlineData("""{ "mout": "/x" }""", "did you mean mount?")]
    [InlineData("""{ "Mount": "/x" }""", "did you mean mount?")]
    [InlineData("""{ "age": "1h" }""", "did you mean retention.age?")]
    [InlineData("""{ "retention": { "maxAge": "1h" } }""", "retention.maxAge: there is no such setting; did you mean retention.age?")]
    [InlineData("""{ "longPoling": { "maxWait": "1s" } }""", "did you mean longPolling?")]
    [InlineData("""{ "policies": [{ "pattern": "a", "keywindow": "1m" }] }""", "policies[0].keywindow: there is no such setting; did you mean policies[0].keyWindow?")]
    public void An_unknown_setting_is_a_fault_with_the_nearest_known_one(string content, string expected)
    {
        Assert.Contains(expected, Loading.Fault(content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "quic": { "alpn": "x" } }""")]
    [InlineData("""{ "a": 1 }""")]
    [InlineData("""{ "": 1 }""")]
    public void Where_nothing_is_near_nothing_is_suggested(string content)
    {
        Assert.EndsWith("there is no such setting.", Loading.Fault(content), StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_of_all_sources_are_reported_at_once()
    {
        string[] faults = Loading.Faults(
            """{ "mount": "x", "retention": { "age": "1", "size": 3 }, "shards": 0 }""",
            ["GODWIT_lab=yes", "GODWIT_nothing=1"],
            ["--listen", "ftp://localhost", "--verbose", "--verbose"]);

        Assert.Equal(
            ["--listen", "--verbose", "GODWIT_lab", "GODWIT_nothing", "file:1:12", "file:1:39", "file:1:44", "file:1:67"],
            faults.Select(fault => fault[..fault.IndexOf(": ", StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
    }
}
