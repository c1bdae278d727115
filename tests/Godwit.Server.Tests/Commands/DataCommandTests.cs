using Godwit.Server.Commands;
using Godwit.Sqlite;

namespace Godwit.Server.Tests.Commands;

public sealed class DataCommandTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("godwit-").FullName;

    private string Data => Path.Combine(_root, "data");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task An_export_is_readable_by_its_user_alone_and_overwrites_nothing()
    {
        await using (var broker = new SqliteBroker(new SqliteBrokerOptions { Directory = Data }, new Rooms.RoomPolicies([]), TimeProvider.System))
        {
            await broker.OpenAsync(TestContext.Current.CancellationToken);
        }

        string file = Path.Combine(_root, "export.ndjson");
        Assert.Equal((0, "", "Exported 0 rooms with 0 entries.\n"), await RunAsync("data", "export", Data, "--out", file));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        string written = File.ReadAllText(file);
        (int code, _, string errors) = await RunAsync("data", "export", Data, "--out", file);
        Assert.NotEqual(0, code);
        Assert.Contains(file, errors, StringComparison.Ordinal);
        Assert.Equal(written, File.ReadAllText(file));
    }

    private static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        int code = await GodwitCommand.RunAsync(args, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
