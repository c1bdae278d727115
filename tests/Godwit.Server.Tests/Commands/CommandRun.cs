using Godwit.Server.Commands;

namespace Godwit.Server.Tests.Commands;

/// <summary>What a command did.</summary>
/// <param name="Code">Its exit code.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
internal sealed record CommandRun(int Code, string Output, string Errors)
{
    /// <summary>The lines of standard output.</summary>
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Runs a command in this process.</summary>
    public static async Task<CommandRun> RunAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        int code = await GodwitCommand.RunAsync(args, TextWriter.Synchronized(output), TextWriter.Synchronized(errors)).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        return new CommandRun(code, output.ToString(), errors.ToString());
    }

    /// <summary>It was refused with exit code 2 and one line.</summary>
    public void AssertRefused(string begin)
    {
        Assert.True(Code == ExitCode.Configuration, $"{Code}: {Output}{Errors}");
        Assert.Empty(Output);
        Assert.StartsWith($"godwit: {begin}", Errors, StringComparison.Ordinal);
        Assert.Single(Errors.TrimEnd('\n').Split('\n'), static line => line != "See: godwit --help");
    }
}
