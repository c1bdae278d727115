using Godwit.Rooms;
using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Configuration;

public class PrecedenceTests
{
    private const string FileSays = """{ "mount": "/file" }""";

    [Theory]
    [InlineData(false, false, false, "/rt")]
    [InlineData(true, false, false, "/file")]
    [InlineData(false, true, false, "/variable")]
    [InlineData(true, true, false, "/variable")]
    [InlineData(false, false, true, "/flag")]
    [InlineData(true, false, true, "/flag")]
    [InlineData(false, true, true, "/flag")]
    [InlineData(true, true, true, "/flag")]
    public void Flags_beat_the_environment_which_beats_the_file_which_beats_the_defaults(bool file, bool variable, bool flag, string expected)
    {
        ServerSettings settings = Loading.Settings(
            file ? FileSays : null,
            variable ? ["GODWIT_mount=/variable"] : null,
            flag ? ["--mount", "/flag"] : null);

        Assert.Equal(expected, settings.Mount);
    }

    [Fact]
    public void A_source_leaves_alone_what_it_does_not_name()
    {
        ServerSettings settings = Loading.Settings(
            """{ "retention": { "age": "2h", "entries": 5 }, "lab": true }""",
            ["GODWIT_retention__age=3h"],
            ["--mount", "/live"]);

        Assert.Equal(TimeSpan.FromHours(3), settings.Rooms.Policy.Retention.Age);
        Assert.Equal(5, settings.Rooms.Policy.Retention.Entries);
        Assert.True(settings.Lab);
        Assert.Equal("/live", settings.Mount);
    }

    [Fact]
    public void A_flag_can_switch_off_what_the_file_switches_on()
    {
        Assert.False(Loading.Settings("""{ "verbose": true }""", flags: ["--verbose=false"]).Verbose);
    }

    [Fact]
    public void A_list_replaces_the_lists_of_weaker_sources_whole()
    {
        ServerSettings settings = Loading.Settings(
            """{ "listen": ["http://127.0.0.1:1001", "http://127.0.0.1:1002"] }""",
            ["GODWIT_listen__0=http://127.0.0.1:1003"]);

        Assert.Equal(new ListenAddress("127.0.0.1", 1003), Assert.Single(settings.Listen).Value);
    }

    [Fact]
    public void A_value_that_a_stronger_source_replaces_is_checked_all_the_same()
    {
        Assert.Contains("file:1:12: mount", Loading.Fault("""{ "mount": "no" }""", flags: ["--mount", "/yes"]), StringComparison.Ordinal);
    }

    [Fact]
    public void The_engine_and_the_endpoints_get_what_was_set()
    {
        LoadedConfiguration loaded = Loading.Load("""{ "heartbeat": "7s", "bodyBytes": "2KiB", "allowAnonymous": true, "policies": [{ "pattern": "a:*", "entryBytes": "1KiB" }] }""");
        var engine = new GodwitOptions();
        var http = new Godwit.AspNetCore.GodwitHttpOptions();

        loaded.ApplyTo(engine);
        loaded.ApplyTo(http);

        Assert.Equal(TimeSpan.FromSeconds(7), engine.Heartbeat);
        Assert.Equal(2048, http.BodyBytes);
        Assert.Equal(Godwit.AspNetCore.AnonymousAccess.Everyone, http.Anonymous);
        Assert.Equal(["a:*", "**"], engine.Policies.Select(policy => policy.Pattern.ToString()));
        Assert.Equal(1024, engine.Policies[0].EntryBytes);
    }

    [Fact]
    public void Nothing_set_leaves_every_default_of_the_libraries()
    {
        LoadedConfiguration loaded = Loading.Load();
        var engine = new GodwitOptions();
        loaded.ApplyTo(engine);

        RoomPolicy policy = Assert.Single(engine.Policies);
        Assert.Equal(new RoomPolicy { Pattern = policy.Pattern }, policy);
        Assert.Equal("**", policy.Pattern.ToString());
        Assert.Equal(ListenAddress.Default, Assert.Single(loaded.Settings.Listen).Value);
        Assert.False(loaded.Settings.AllowAnonymous);
    }
}
