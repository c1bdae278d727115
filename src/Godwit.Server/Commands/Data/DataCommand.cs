using System.CommandLine;
using System.Globalization;
using Godwit.Sqlite;
using Godwit.Sqlite.Data;
using Godwit.Sqlite.Storage;

namespace Godwit.Server.Commands.Data;

/// <summary><c>godwit data</c>: what can be done with a data directory.</summary>
internal static class DataCommand
{
    private const string Standard = "-";

    public static Command Create() => new("data", "About a data directory: check it, copy it, move what is in it.")
    {
        Check(),
        Backup(),
        Export(),
        Import(),
    };

    private static Command Check()
    {
        Argument<string> directory = Directory("The data directory. A server may be running on it.");
        var command = new Command("check", "Read everything in a data directory, and say what is wrong with it.") { directory };
        command.SetAction((parsed, _) => RunAsync(parsed, async (output, error) =>
        {
            var faults = new List<string>();
            (long rooms, long entries, long bytes) = DataCheck.Run(parsed.GetValue(directory)!, faults.Add);
            foreach (string fault in faults)
            {
                await error.WriteLineAsync($"godwit: {fault}");
            }

            if (faults.Count > 0)
            {
                await error.WriteLineAsync($"godwit: {parsed.GetValue(directory)} is damaged. Stop the server and put a backup in its place. Without one, keep the damaged files: SQLite's own .recover may read some of them.");
                return ExitCode.Environment;
            }

            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"In order: {rooms} rooms with {entries} entries of {bytes} octets."));
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Backup()
    {
        Argument<string> directory = Directory("The data directory. A server may be running on it.");
        var file = new Argument<string>("FILE") { Description = "The file to write, which is not there yet." };
        var command = new Command("backup", "Write all of a data directory, as it is at one instant, into one file. To restore it, put it into an empty directory as godwit.db.") { directory, file };
        command.SetAction((parsed, _) => RunAsync(parsed, async (output, _) =>
        {
            long octets = DataBackup.Run(parsed.GetValue(directory)!, parsed.GetValue(file)!);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Wrote {parsed.GetValue(file)}: {octets} octets. It holds keys: keep it where only you can read it."));
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Export()
    {
        Argument<string> directory = Directory("The data directory. A server may be running on it.");
        var file = new Option<string>("--out") { Description = "The file to write, which is not there yet; - for standard output.", HelpName = "FILE", DefaultValueFactory = _ => Standard };
        var command = new Command("export", "Write rooms, entries, idempotency keys and revocations as lines of JSON. Session keys and tickets are not in it, so sessions begin anew where it is imported.") { directory, file };
        command.SetAction((parsed, _) => RunAsync(parsed, async (_, error) =>
        {
            string path = parsed.GetValue(file)!;
            await using Stream output = path == Standard ? Console.OpenStandardOutput() : new FileStream(path, PrivateFile.Options(FileShare.Read, FileMode.CreateNew));
            await using var buffered = new BufferedStream(output, 64 << 10);
            (long rooms, long entries) = DataExport.Run(parsed.GetValue(directory)!, buffered);
            await error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Exported {rooms} rooms with {entries} entries."));
            return ExitCode.Done;
        }));
        return command;
    }

    private static Command Import()
    {
        Argument<string> directory = Directory("The directory to fill, which is empty or not there.");
        var file = new Option<string>("--in") { Description = "The file to read; - for standard input.", HelpName = "FILE", DefaultValueFactory = _ => Standard };
        var command = new Command("import", "Fill an empty directory with what godwit data export wrote. Readers go on from their positions.") { directory, file };
        command.SetAction((parsed, _) => RunAsync(parsed, async (output, _) =>
        {
            string path = parsed.GetValue(file)!;
            await using Stream input = path == Standard ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read);
            (long rooms, long entries) = await DataImport.RunAsync(parsed.GetValue(directory)!, input);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Imported {rooms} rooms with {entries} entries."));
            return ExitCode.Done;
        }));
        return command;
    }

    private static Argument<string> Directory(string description) => new("DIR") { Description = description };

    private static async Task<int> RunAsync(ParseResult parsed, Func<TextWriter, TextWriter, Task<int>> run)
    {
        TextWriter error = parsed.InvocationConfiguration.Error;
        try
        {
            return await run(parsed.InvocationConfiguration.Output, error);
        }
        catch (Exception fault) when (fault is SqliteStoreException or IOException or UnauthorizedAccessException or FormatException)
        {
            await error.WriteLineAsync($"godwit: {fault.Message}");
            return ExitCode.Environment;
        }
    }
}
