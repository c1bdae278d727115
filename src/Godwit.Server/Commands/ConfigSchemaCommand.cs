using System.CommandLine;
using Godwit.Server.Configuration;

namespace Godwit.Server.Commands;

/// <summary><c>godwit config schema</c>: prints the JSON schema of configuration files.</summary>
internal static class ConfigSchemaCommand
{
    public static Command Create()
    {
        var command = new Command("schema", "Print the JSON schema of configuration files.");
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.Write(ConfigurationSchema.Print());
            return ExitCode.Done;
        });
        return command;
    }
}
