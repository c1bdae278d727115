using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Sqlite.Tests;

/// <summary>Directories and files that are not as they have to be: each is refused, or gets over, by name.</summary>
public sealed class DirectoryTests : IDisposable
{
    private static readonly RoomName Room = RoomName.Parse("room");
    private static readonly ReadLimits All = new(10_000, int.MaxValue);

    private readonly TestDirectory _root = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Data => _root["data"];

    private string Database => Path.Combine(Data, "godwit.db");

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task A_directory_that_is_missing_is_made_for_the_servers_user_alone()
    {
        string deep = Path.Combine(Data, "a", "b");
        await using SqliteBroker broker = Make(deep);
        await broker.OpenAsync(Cancel);
        await broker.AppendAsync(Room, RestartTests.Content("1"), null, Cancel);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(deep));
            foreach (string file in Directory.GetFiles(deep))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_directory_is_refused_by_name()
    {
        File.WriteAllText(Data, "x");
        SqliteStoreException fault = await RefusedAsync();
        Assert.Equal($"{Data} is a file, and a directory is needed: move it away, or give another path.", fault.Message);
    }

    [Fact]
    public async Task A_directory_in_the_place_of_the_database_is_refused_by_name()
    {
        Directory.CreateDirectory(Database);
        Assert.StartsWith($"{Database} is a directory", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("this is no database but a text that somebody put there")]
    [InlineData("x")]
    public async Task A_file_that_is_no_database_is_refused_by_name_and_left_as_it_is(string text)
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(Database, text);
        Assert.StartsWith($"{Database} is not a database", (await RefusedAsync()).Message, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(Database));
    }

    [Fact]
    public async Task An_empty_file_as_a_crash_may_leave_it_becomes_the_database()
    {
        Directory.CreateDirectory(Data);
        File.WriteAllText(Database, "");
        await using SqliteBroker broker = Make(Data);
        await broker.OpenAsync(Cancel);
        Assert.Equal(1, (await broker.AppendAsync(Room, RestartTests.Content("1"), null, Cancel)).Position.Offset);
    }

    [Fact]
    public async Task A_database_of_another_program_is_refused()
    {
        Directory.CreateDirectory(Data);
        Execute("CREATE TABLE theirs(x)");
        Assert.Contains("is a database of another program", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused_and_says_which()
    {
        await (await OpenAsync()).DisposeAsync();
        Execute("PRAGMA user_version = 99");
        Assert.Contains("its schema is version 99, and this program knows versions up to 1", (await RefusedAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_is_held_by_one_broker_and_free_when_that_ends()
    {
        var time = new FakeTimeProvider();
        SqliteBroker first = await OpenAsync();
        await using SqliteBroker second = Make(Data, time);
        Assert.False(second.TryOpen());
        Assert.False(second.IsReady);
        await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await second.AppendAsync(Room, RestartTests.Content("1"), null, Cancel));
        Task opening = second.OpenAsync(Cancel);
        await first.DisposeAsync();
        while (!opening.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        await opening;
        Assert.True(second.IsReady);
    }

    [Fact]
    public async Task Who_waits_for_a_directory_in_vain_is_told_which_file_is_held()
    {
        await using SqliteBroker first = await OpenAsync();
        await using var second = new SqliteBroker(new SqliteBrokerOptions { Directory = Data, WaitLock = TimeSpan.Zero }, new RoomPolicies([]), TimeProvider.System);
        SqliteStoreException fault = await Assert.ThrowsAsync<SqliteStoreException>(() => second.OpenAsync(Cancel));
        Assert.Equal(Path.Combine(Data, "lock"), fault.File);
        Assert.Contains("is held by another process", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_torn_in_mid_write_ends_with_the_last_whole_transaction()
    {
        SqliteBroker broker = await OpenAsync();
        for (int i = 0; i < 50; i++)
        {
            await broker.AppendAsync(Room, RestartTests.Content($"{i}"), null, Cancel);
        }

        // As the files were at one moment, with the last transaction cut short.
        string copy = _root["copy"];
        Directory.CreateDirectory(copy);
        byte[] log = ReadShared(Database + "-wal");
        File.WriteAllBytes(Path.Combine(copy, "godwit.db"), ReadShared(Database));
        File.WriteAllBytes(Path.Combine(copy, "godwit.db-wal"), log[..^1000]);
        await broker.DisposeAsync();

        await using SqliteBroker again = Make(copy);
        await again.OpenAsync(Cancel);
        LogPage page = await again.ReadAsync(Room, ReadFrom.Start, All, Cancel);
        Assert.Equal(49, page.Entries.Count);
        Assert.Equal(50, (await again.AppendAsync(Room, RestartTests.Content("x"), null, Cancel)).Position.Offset);
    }

    [Fact]
    public async Task A_damaged_page_is_told_to_who_needs_it_and_other_rooms_go_on()
    {
        RoomName other = RoomName.Parse("other");
        SqliteBroker broker = await OpenAsync();
        for (int i = 0; i < 400; i++)
        {
            await broker.AppendAsync(Room, new EntryContent("x", new byte[500], true, null), null, Cancel);
        }

        await broker.AppendAsync(other, RestartTests.Content("1"), null, Cancel);
        await broker.DisposeAsync();

        Damage();
        var faults = new List<string>();
        Godwit.Sqlite.Data.DataCheck.Run(Data, faults.Add);
        Assert.NotEmpty(faults);

        await using SqliteBroker again = Make(Data);
        await again.OpenAsync(Cancel);
        BrokerUnavailableException fault = await Assert.ThrowsAsync<BrokerUnavailableException>(async () => await again.ReadAsync(Room, ReadFrom.Start, All, Cancel));
        Assert.Contains(Database, fault.Message, StringComparison.Ordinal);
        Assert.Contains("godwit data check", fault.Message, StringComparison.Ordinal);
        Assert.Single((await again.ReadAsync(other, ReadFrom.Start, All, Cancel)).Entries);
        Assert.Equal(2, (await again.AppendAsync(other, RestartTests.Content("2"), null, Cancel)).Position.Offset);
    }

    [Fact]
    public async Task What_is_exported_and_imported_keeps_every_position()
    {
        Position head;
        await using (SqliteBroker broker = await OpenAsync())
        {
            await broker.AppendAsync(Room, RestartTests.Content("""{"a":1.50,"b":"ä\u00e4"}"""), new PublishKey("ann", "k"), Cancel);
            head = (await broker.AppendAsync(Room, new EntryContent("e", [0, 1, 255], true, "bob"), null, Cancel)).Position;
        }

        using var lines = new MemoryStream();
        Assert.Equal((1, 2), Godwit.Sqlite.Data.DataExport.Run(Data, lines));
        lines.Position = 0;
        string imported = _root["imported"];
        Assert.Equal((1, 2), await Godwit.Sqlite.Data.DataImport.RunAsync(imported, lines));

        await using SqliteBroker again = Make(imported);
        await again.OpenAsync(Cancel);
        LogPage page = await again.ReadAsync(Room, ReadFrom.Start, All, Cancel);
        Assert.Equal(head, page.Head);
        Assert.Equal("""{"a":1.50,"b":"ä\u00e4"}"""u8.ToArray(), page.Entries[0].Content.Data);
        Assert.Equal(("e", "bob", true), (page.Entries[1].Content.Event, page.Entries[1].Content.From, page.Entries[1].Content.IsBytes));
        Assert.Equal(AppendOutcome.Duplicate, (await again.AppendAsync(Room, page.Entries[0].Content, new PublishKey("ann", "k"), Cancel)).Outcome);
    }

    [Fact]
    public async Task An_entry_as_deep_as_may_be_published_is_imported_too()
    {
        string deep = new string('[', Protocol.Json.JsonText.MaxDepth) + new string(']', Protocol.Json.JsonText.MaxDepth);
        await using (SqliteBroker broker = await OpenAsync())
        {
            await broker.AppendAsync(Room, RestartTests.Content(deep), null, Cancel);
        }

        using var lines = new MemoryStream();
        Godwit.Sqlite.Data.DataExport.Run(Data, lines);
        lines.Position = 0;
        string imported = _root["imported"];
        Assert.Equal((1, 1), await Godwit.Sqlite.Data.DataImport.RunAsync(imported, lines));
        await using SqliteBroker again = Make(imported);
        await again.OpenAsync(Cancel);
        Assert.Equal(deep, System.Text.Encoding.UTF8.GetString((await again.ReadAsync(Room, ReadFrom.Start, All, Cancel)).Entries[0].Content.Data.ToArray()));
    }

    [Fact]
    public async Task An_import_of_what_is_no_export_leaves_an_empty_directory()
    {
        using var lines = new MemoryStream("{\"godwit\":1,\"clock\":5}\n{\"room\":\"a\",\"epoch\":\"nonsense\"}\n"u8.ToArray());
        FormatException fault = await Assert.ThrowsAsync<FormatException>(() => Godwit.Sqlite.Data.DataImport.RunAsync(Data, lines));
        Assert.StartsWith("line 2 is none of an export", fault.Message, StringComparison.Ordinal);
        Assert.Equal(["lock"], Directory.GetFiles(Data).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_backup_of_a_running_store_is_one_file_that_opens()
    {
        await using SqliteBroker broker = await OpenAsync();
        Position head = (await broker.AppendAsync(Room, RestartTests.Content("1"), null, Cancel)).Position;
        string restored = _root["restored"];
        Directory.CreateDirectory(restored);
        Godwit.Sqlite.Data.DataBackup.Run(Data, Path.Combine(restored, "godwit.db"));
        Assert.Single(Directory.GetFiles(restored));
        await broker.AppendAsync(Room, RestartTests.Content("2"), null, Cancel);
        await using SqliteBroker again = Make(restored);
        await again.OpenAsync(Cancel);
        Assert.Equal(head, (await again.ReadAsync(Room, ReadFrom.Now, All, Cancel)).Head);
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] octets = new byte[file.Length];
        file.ReadExactly(octets);
        return octets;
    }

    private static SqliteBroker Make(string path, TimeProvider? time = null) =>
        new(new SqliteBrokerOptions { Directory = path, Sync = DataSync.Normal, DiskTime = new FakeTimeProvider() }, new RoomPolicies([]), time ?? TimeProvider.System);

    private async Task<SqliteBroker> OpenAsync()
    {
        SqliteBroker broker = Make(Data);
        await broker.OpenAsync(Cancel);
        return broker;
    }

    private async Task<SqliteStoreException> RefusedAsync()
    {
        await using SqliteBroker broker = Make(Data);
        return await Assert.ThrowsAsync<SqliteStoreException>(() => broker.OpenAsync(Cancel));
    }

    // Overwrites the leaves that the room's entries are in, but for the root that leads to them.
    private void Damage()
    {
        byte[] file = File.ReadAllBytes(Database);
        for (int page = file.Length / 4096 / 3; page < file.Length / 4096 * 2 / 3; page++)
        {
            file.AsSpan(page * 4096, 4096).Fill(0xA5);
        }

        File.WriteAllBytes(Database, file);
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
