using Godwit.Server.Commands;

namespace Godwit.Server.Tests.Verifying;

/// <summary>What <c>godwit verify</c> says of a command line that is wrong: one line, before anything is started.</summary>
public sealed class VerifyCommandTests
{
    [Theory]
    [InlineData("URL: \"localhost:8080\" does not say http:// or https://; give for example http://localhost:8080.", "localhost:8080")]
    [InlineData("URL: \"http://localhost/rt?a=b\" is not the address of a mount point; it takes for example http://localhost:8080/rt.", "http://localhost/rt?a=b")]
    [InlineData("--start: it takes memory, sqlite, redis or redis-sentinel.", "--start", "redis2")]
    [InlineData("--duration: it takes a whole number with ms, s, m, h or d, from 1s to 7d.", "--duration", "soon")]
    [InlineData("--seed: it takes a whole number from 0 to 2147483647.", "--seed", "-1")]
    [InlineData("--rooms: it takes a whole number from 1 to 100000.", "--rooms", "0")]
    [InlineData("--minimise: it takes a whole number above 0.", "--minimise", "0")]
    [InlineData("--start starts a server, and URLs name servers that run; give one of the two.", "--start", "memory", "http://localhost:1/rt")]
    [InlineData("--servers: only servers with logs in Redis share them; give --start redis too.", "--servers", "2")]
    [InlineData("--token-file is for servers that run; give their URLs.", "--token-file", "f")]
    public async Task Says_in_one_line_what_is_wrong(string expected, params string[] args)
    {
        (int code, string errors) = await RunAsync(args);
        Assert.Equal(ExitCode.Configuration, code);
        Assert.Equal($"godwit: {expected}", errors.Split('\n')[0].TrimEnd());
    }

    [Fact]
    public async Task Names_the_faults_that_there_are()
    {
        (int code, string errors) = await RunAsync("--faults", "cut,flood");
        Assert.Equal(ExitCode.Configuration, code);
        Assert.StartsWith("godwit: --faults: there is no fault 'flood'; faults are cut, cut-at-byte, ", errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--faults: disk-full cannot be made: the logs are in memory", "--faults", "disk-full")]
    [InlineData("--faults: kill cannot be made: servers that godwit verify did not start are not touched", "http://127.0.0.1:1/rt", "--faults", "kill")]
    [InlineData("--json: the directory of /no-such-directory/report.json is not there", "--json", "/no-such-directory/report.json")]
    [InlineData("--schedule: Could not find file '/no-such-schedule'", "--schedule", "/no-such-schedule")]
    [InlineData("/no-such-program cannot be started: ", "--server", "/no-such-program")]
    [InlineData("http://127.0.0.1:1/rt does not answer: ", "http://127.0.0.1:1/rt")]
    public async Task Says_why_it_cannot_run(string expected, params string[] args)
    {
        (int code, string errors) = await RunAsync(args);
        Assert.Equal(ExitCode.Configuration, code);
        Assert.StartsWith($"godwit: {expected}", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    private static async Task<(int Code, string Errors)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        return (await GodwitCommand.RunAsync(["verify", .. args], output, errors), errors.ToString());
    }
}
