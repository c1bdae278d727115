using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public class EnvironmentTests
{
    [Fact]
    public void A_variable_is_the_prefix_and_the_path()
    {
        ServerSettings settings = Loading.Settings(variables: ["GODWIT_retention__age=2h", "GODWIT_retention__entries=7", "GODWIT_lab=true", "PATH=/bin", "godwit_mount=/x"]);

        Assert.Equal(TimeSpan.FromHours(2), settings.Rooms.Policy.Retention.Age);
        Assert.Equal(7, settings.Rooms.Policy.Retention.Entries);
        Assert.True(settings.Lab);
        Assert.Equal("/rt", settings.Mount);
    }

    [Fact]
    public void Capitals_do_not_matter_after_the_prefix()
    {
        ServerSettings settings = Loading.Settings(variables: ["GODWIT_LONGPOLLING__MAXWAIT=20s", "GODWIT_POLICIES__0__PATTERN=a", "GODWIT_POLICIES__0__ENTRYBYTES=1KiB"]);

        Assert.Equal(TimeSpan.FromSeconds(20), settings.Engine.MaxWait);
        Assert.Equal(1024, settings.Engine.Policies[0].EntryBytes);
    }

    [Fact]
    public void Lists_are_numbered_from_zero()
    {
        string[] variables = [.. Enumerable.Range(0, 12).Select(i => $"GODWIT_listen__{i}=http://127.0.0.1:{1000 + i}")];

        Assert.Equal(Enumerable.Range(1000, 12), Loading.Settings(variables: variables).Listen.Select(address => address.Value.Port));
    }

    [Theory]
    [InlineData("GODWIT_listen__1=http://localhost:1", "GODWIT_listen__1: listen[1]: there is no item 0 before it")]
    [InlineData("GODWIT_listen=http://localhost:1", "GODWIT_listen: listen: it is a list; number its items: GODWIT_listen__0")]
    [InlineData("GODWIT_listen__00=http://localhost:1", "GODWIT_listen__00: listen[00]: there is no item 0 before it")]
    [InlineData("GODWIT_lab=1", "GODWIT_lab: lab: \"1\" is neither; it takes true or false")]
    [InlineData("GODWIT_mount=", "GODWIT_mount: mount: \"\" is not a mount point")]
    [InlineData("GODWIT_retention=1h", "GODWIT_retention: retention: text stands here; it takes an object")]
    [InlineData("GODWIT_mount__x=1", "GODWIT_mount__x: mount: an object stands here")]
    [InlineData("GODWIT_mout=/x", "GODWIT_mout: mout: there is no such setting; did you mean GODWIT_mount?")]
    [InlineData("GODWIT_retenton__age=1h", "GODWIT_retenton__age: retenton.age: there is no such setting; did you mean GODWIT_retention__age?")]
    [InlineData("GODWIT_retention_age=1h", "did you mean GODWIT_retention__age?")]
    [InlineData("GODWIT_policies__0__patern=a", "did you mean GODWIT_policies__0__pattern?")]
    [InlineData("GODWIT_=1", "GODWIT_: there is no such setting")]
    [InlineData("GODWIT_SERVICE_PORT=x", "there is no such setting")]
    [InlineData("GODWIT_PORT=8080", "there is no such setting")]
    public void A_variable_that_says_nothing_is_a_fault(string variable, string expected)
    {
        Assert.Contains(Loading.Faults(variables: [variable]), fault => fault.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Variables_of_an_unknown_object_are_each_a_fault()
    {
        Assert.Equal(2, Loading.Faults(variables: ["GODWIT_kafka__host=a", "GODWIT_kafka__port=1"]).Length);
    }

    [Fact]
    public void Two_variables_for_one_setting_are_a_fault()
    {
        Assert.Contains("contradicts", Loading.Fault(variables: ["GODWIT_mount=/a", "GODWIT_MOUNT=/b"]), StringComparison.Ordinal);
        Assert.Contains(Loading.Faults(variables: ["GODWIT_retention=1h", "GODWIT_retention__age=1h"]), fault => fault.Contains("contradicts", StringComparison.Ordinal));
    }

    [Fact]
    public void What_Kubernetes_sets_for_a_service_called_godwit_is_nobodys_setting()
    {
        Assert.Equal("/rt", Loading.Settings(variables:
        [
            "GODWIT_SERVICE_HOST=10.0.0.7",
            "GODWIT_SERVICE_PORT=8080",
            "GODWIT_SERVICE_PORT_HTTP=8080",
            "GODWIT_PORT=tcp://10.0.0.7:8080",
            "GODWIT_PORT_8080_TCP=tcp://10.0.0.7:8080",
            "GODWIT_PORT_8080_TCP_PROTO=tcp",
            "GODWIT_PORT_8080_TCP_PORT=8080",
            "GODWIT_PORT_8080_TCP_ADDR=10.0.0.7",
            "GODWIT_ADMIN_SERVICE_HOST=fd00::7",
            "GODWIT_ADMIN_PORT_53_UDP=udp://10.0.0.7:53",
        ]).Mount);
    }
}
