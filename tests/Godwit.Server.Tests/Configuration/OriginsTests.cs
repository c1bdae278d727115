using Godwit.AspNetCore;
using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public class OriginsTests
{
    [Fact]
    public void Every_source_gives_origins_and_they_reach_the_endpoints_as_browsers_write_them()
    {
        string[] expected = ["https://app.example", "https://*.team.example:8443"];
        Assert.Equal(expected, Origins(Loading.Load(flags: ["--origin", "https://App.example:443", "--origin", "https://*.team.example:8443"])));
        Assert.Equal(expected, Origins(Loading.Load(variables: ["GODWIT_origins__0=https://app.example", "GODWIT_origins__1=https://*.team.example:8443"])));
        Assert.Equal(expected, Origins(Loading.Load(file: """{ "origins": ["https://app.example", "https://*.team.example:8443"] }""")));
        Assert.Empty(Origins(Loading.Load()));
        Assert.Empty(Origins(Loading.Load(file: """{ "origins": [] }""")));
    }

    [Fact]
    public void Every_origin_that_is_none_is_a_fault_with_the_reason()
    {
        string[] faults = Loading.Faults(flags: ["--origin", "*", "--origin", "https://app.example", "--origin", "https://app.example/"]);
        Assert.Equal(2, faults.Length);
        Assert.StartsWith("--origin: origins[0]: \"*\" would be every page of the web", faults[0], StringComparison.Ordinal);
        Assert.StartsWith("--origin: origins[2]: \"https://app.example/\" has a path", faults[1], StringComparison.Ordinal);
    }

    private static string[] Origins(LoadedConfiguration configuration)
    {
        var options = new GodwitHttpOptions();
        configuration.ApplyTo(options);
        return [.. options.Origins];
    }
}
