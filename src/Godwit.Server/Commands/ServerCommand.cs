using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Reaching;

namespace Godwit.Server.Commands;

/// <summary>A command that is a client of a server: its flags, its signals, and how it says what is wrong.</summary>
internal abstract class ServerCommand : Command
{
    protected ServerCommand(string name, string about)
        : base(name, about)
    {
        SetAction(RunAsync);
    }

    /// <summary>The flags that name the server.</summary>
    protected ServerFlags Server { get; } = new();

    /// <summary>Whether to print for programs.</summary>
    protected Option<bool> Json { get; } = new("--json");

    /// <summary>Runs the command.</summary>
    /// <exception cref="ServerFault">It cannot go on; the exit code is 2.</exception>
    protected abstract Task<int> RunAsync(ParseResult parsed, TextWriter output, TextWriter error, CancellationToken interrupted);

    /// <summary>A flag with a text.</summary>
    protected static Option<string?> Text(string name, string shown, string about) => new(name) { Description = about, HelpName = shown };

    /// <summary>A flag with a whole number in a range.</summary>
    protected static Option<int?> Number(string name, string about, int least, int most)
    {
        var option = new Option<int?>(name) { Description = about, HelpName = "NUMBER" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < least || number > most))
            {
                result.AddError($"{name}: it takes a whole number from {least} to {most}.");
            }
        });
        return option;
    }

    /// <summary>A flag with a value of a form that settings have too.</summary>
    protected static Option<string?> Formed<T>(string name, ValueForm<T> form, string about)
    {
        Option<string?> option = Text(name, form.Placeholder, about);
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && form.Parse(text, out _) is { } problem)
            {
                result.AddError($"{name}: {problem}; it takes {form.Rule}.");
            }
        });
        return option;
    }

    /// <summary>What such a flag has, or a value for where it is not given.</summary>
    protected static T Value<T>(ParseResult parsed, Option<string?> option, ValueForm<T> form, T unset)
    {
        if (parsed.GetValue(option) is not { } text)
        {
            return unset;
        }

        form.Parse(text, out T value);
        return value;
    }

    /// <summary>Whether the user gave a flag.</summary>
    protected static bool IsGiven(CommandResult result, Option option) => result.GetResult(option) is { Implicit: false };

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        using var interruption = new Interruption(cancel);
        try
        {
            return await RunAsync(parsed, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, interruption.Token);
        }
        catch (ServerFault fault)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync($"godwit: {fault.Message.TrimEnd('.')}.");
            return ExitCode.Configuration;
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            await parsed.InvocationConfiguration.Error.WriteLineAsync("godwit: interrupted before it was done.");
            return ExitCode.Configuration;
        }
    }
}
