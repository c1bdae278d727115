using Godwit.Server.Commands;
using Godwit.Server.Configuration;

namespace Godwit.Server.Tests.Commands;

public class CommandLineTests
{
    [Fact]
    public async Task The_version_is_the_name_and_the_number()
    {
        (int code, string output, string errors) = await RunAsync("--version");

        Assert.Equal(0, code);
        Assert.Matches(@"^godwit \d+\.\d+\.\d+\S*\n$", output);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    public async Task Help_names_the_commands(string flag)
    {
        (int code, string output, _) = await RunAsync(flag);

        Assert.Equal(0, code);
        Assert.Contains("godwit [command]", output, StringComparison.Ordinal);
        Assert.Contains("serve", output, StringComparison.Ordinal);
        Assert.Contains("config", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve", "--help")]
    [InlineData("--lab", "--help")]
    public async Task Help_of_serve_describes_every_flag(params string[] args)
    {
        (int code, string output, _) = await RunAsync(args);

        Assert.Equal(0, code);
        Assert.All(GodwitSettings.Table.Settings.Where(setting => setting.Flag is not null), setting =>
        {
            Assert.Contains(setting.Flag!, output, StringComparison.Ordinal);
            Assert.Contains(setting.Description, output.ReplaceLineEndings(" "), StringComparison.Ordinal);
        });
        Assert.Contains("--config <FILE>", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_schema_is_printed_and_nothing_else()
    {
        Assert.Equal((0, ConfigurationSchema.Print(), ""), await RunAsync("config", "schema"));
    }

    [Theory]
    [InlineData("frob", "'frob'")]
    [InlineData("config", "command")]
    [InlineData("config schema --lab", "--lab")]
    [InlineData("--lisen http://localhost", "--lisen: there is no such flag; did you mean --listen?")]
    [InlineData("serve --lisen=http://localhost", "--lisen: there is no such flag; did you mean --listen?")]
    [InlineData("serve now", "now: nothing takes this argument")]
    [InlineData("--lab maybe", "maybe: nothing takes this argument")]
    [InlineData("--mount", "--mount: mount: it has no value; it takes a path")]
    [InlineData("--listen --lab", "--listen: listen: it has no value")]
    [InlineData("--mount /a --mount /b", "--mount: mount: it is given more than once")]
    [InlineData("--config", "--config: it has no value")]
    [InlineData("--config a --config b", "--config: it is given more than once")]
    [InlineData("@file", "'@file'")]
    public async Task A_command_line_that_means_nothing_is_refused_with_the_reason(string line, string expected)
    {
        (int code, string output, string errors) = await RunAsync(line.Split(' '));

        Assert.Equal(2, code);
        Assert.Empty(output);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.All(errors.TrimEnd('\n').Split('\n'), text => Assert.Matches(@"^(godwit: |See: |  )", text));
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        var output = new StringWriter { NewLine = "\n" };
        var errors = new StringWriter { NewLine = "\n" };
        int code = await GodwitCommand.RunAsync(args, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
