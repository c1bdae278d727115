using System.Text.RegularExpressions;
using Godwit.Server.Commands;
using Godwit.Server.Configuration;
using Godwit.Server.Tests.Configuration;

namespace Godwit.Server.Tests.Commands;

public class ConfigCommandTests
{
    private const string Secret = "6ddf0Ys4nTOcdTPPYkCzxtEyyyhgMwT2kcqKeOQpXn4=";

    private const string Content = $$"""
        {
          "retention": { "age": "10m" },
          "recordAge": "30m",
          "session": { "keys": ["{{Secret}}"] },
          "policies": [
            { "pattern": "price:*", "delivery": "latest", "entryBytes": "1KiB" },
            { "pattern": "audit", "retention": { "age": "2d" } }
          ]
        }
        """;

    [Fact]
    public async Task A_configuration_without_faults_is_in_order()
    {
        using TemporaryFile file = Loading.File(Content);

        Assert.Equal((0, "The configuration is in order.\n", ""), await RunAsync("config", "check", "--config", file.Path));
    }

    [Fact]
    public async Task All_faults_of_file_and_flags_are_reported_at_once()
    {
        using TemporaryFile file = Loading.File("""{ "mount": "/", "retention": { "age": "1" } }""");

        (int code, string output, string errors) = await RunAsync("config", "check", "--config", file.Path, "--listen", "http://*:1");

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.StartsWith("godwit: 3 faults in the configuration.\n", errors, StringComparison.Ordinal);
        Assert.Equal(4, errors.TrimEnd('\n').Split('\n').Length);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("show")]
    public async Task An_unknown_flag_is_a_fault(string command)
    {
        (int code, _, string errors) = await RunAsync("config", command, "--mout", "/a");

        Assert.Equal(2, code);
        Assert.Equal("godwit: --mout: there is no such flag; did you mean --mount?\n", errors);
    }

    [Fact]
    public async Task Every_setting_is_shown_with_its_value_and_its_source()
    {
        using TemporaryFile file = Loading.File(Content);

        (int code, string output, string errors) = await RunAsync("config", "show", "--config", file.Path, "--mount", "/live");

        Assert.Equal((0, ""), (code, errors));
        string[] rows = Rows(output, file.Path);
        Assert.Equal(GodwitSettings.Table.Settings.Select(setting => setting.Path).Where(path => path != "policies"), rows.TakeWhile(row => row.Length > 0).Select(row => row.Split(' ')[0]));
        Assert.Contains("mount /live --mount", rows);
        Assert.Contains("heartbeat 25s default", rows);
        Assert.Contains("retention.age 10m file:2:25", rows);
        Assert.Contains("memory.logs 25 % of the memory default", rows);
    }

    [Fact]
    public async Task Policies_are_shown_in_order_each_with_what_is_its_own_inherited_or_a_default()
    {
        using TemporaryFile file = Loading.File(Content);

        (_, string output, _) = await RunAsync("config", "show", "--config", file.Path);

        string[] rows = [.. Rows(output, file.Path).SkipWhile(row => row != "price:*")];
        string[] price = [.. rows.Skip(1).TakeWhile(row => row.Length > 0).Select(row => row.Trim())];
        Assert.Equal(RoomSettings.Policy.Settings.Select(setting => setting.Path).Where(path => path != "pattern"), price.Select(row => row.Split(' ')[0]));
        Assert.Contains("delivery latest file:6:41", price);
        Assert.Contains("retention.age 10m inherited, file:2:25", price);
        Assert.Contains("retention.bytes 4MiB default", price);
        Assert.Contains("entryBytes 1KiB file:6:65", price);
        Assert.Contains("recordAge 30m inherited, file:3:16", price);
        string[] audit = [.. rows.Skip(price.Length + 2).TakeWhile(row => row.Length > 0).Select(row => row.Trim())];
        Assert.Equal("audit", audit[0]);
        Assert.Contains("retention.age 2d file:7:49", audit);
        Assert.Contains("recordAge 2d follows retention.age", audit);
        Assert.Equal(["", "**", " as at the top level"], rows[(price.Length + 2 + audit.Length)..][..3]);
    }

    [Fact]
    public async Task A_secret_is_shown_as_set_and_never_itself()
    {
        using TemporaryFile file = Loading.File(Content);

        (_, string table, _) = await RunAsync("config", "show", "--config", file.Path);
        (_, string json, string errors) = await RunAsync("config", "show", "--json", "--config", file.Path);

        Assert.Contains("session.keys (set) file:4:24", Rows(table, file.Path));
        Assert.Equal("godwit: session.keys is set, and is a secret: it is not among what was printed.\n", errors);
        Assert.DoesNotContain(Secret[..8], table + json, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_printed_as_JSON_is_a_configuration_that_says_the_same()
    {
        using TemporaryFile secret = Loading.File(Secret);
        using TemporaryFile file = Loading.File(Content.Replace($"\"{Secret}\"", $$"""{ "file": "{{secret.Path}}" }""", StringComparison.Ordinal));

        (int code, string json, string errors) = await RunAsync("config", "show", "--json", "--config", file.Path, "--lab");
        using TemporaryFile printed = Loading.File(json);
        (_, string again, _) = await RunAsync("config", "show", "--json", "--config", printed.Path);

        Assert.Equal((0, ""), (code, errors));
        Assert.Equal(json, again);
        Assert.Contains("\"lab\": true", json, StringComparison.Ordinal);
        Assert.Equal(Loading.Settings(json).Engine.Policies.Select(policy => policy.Delivery), Loading.Settings(Content).Engine.Policies.Select(policy => policy.Delivery));
        Assert.Single(Loading.Settings(json).Engine.Session.Keys);
    }

    // Columns are as wide as their widest value, which no test is about.
    private static string[] Rows(string output, string path) =>
        [.. output.Replace(path, "file", StringComparison.Ordinal).Split('\n').Select(row => Regex.Replace(row, " +", " "))];

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        var output = new StringWriter { NewLine = "\n" };
        var errors = new StringWriter { NewLine = "\n" };
        int code = await GodwitCommand.RunAsync(args, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
