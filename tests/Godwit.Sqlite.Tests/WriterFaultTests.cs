using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sqlite.Writing;
using Microsoft.Extensions.Time.Testing;
using SQLitePCL;

namespace Godwit.Sqlite.Tests;

/// <summary>What fails within the writer, where neither the process nor those who wait may suffer from it.</summary>
public sealed class WriterFaultTests : IDisposable
{
    private static readonly RoomName Room = RoomName.Parse("room");
    private static readonly RoomName Other = RoomName.Parse("other");
    private static readonly ReadLimits All = new(10_000, int.MaxValue);

    // Long enough for any machine; a test that fails waits for it in vain.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly FakeTimeProvider _diskTime = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_fault_where_the_next_step_is_looked_for_neither_ends_the_writer_nor_keeps_writes_from_it()
    {
        await using SqliteBroker broker = await OpenAsync();
        using var faulty = new FaultyStore(broker) { OutsideTransactions = true, Code = raw.SQLITE_IOERR_READ };
        await faulty.PrepareAsync("CREATE TEMP VIEW orders AS SELECT * FROM main.orders WHERE fault(); CREATE TEMP TRIGGER go INSTEAD OF DELETE ON orders BEGIN SELECT 1; END; INSERT INTO main.orders(content, ends) VALUES(x'00', 1)");
        int calls = faulty.Calls;
        for (int i = 0; i < 5 || faulty.Calls < calls + 2; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            Assert.Equal(i + 1, (await PublishAsync(broker, Room)).Position.Offset);
        }
    }

    [Fact]
    public async Task A_disk_that_hangs_under_upkeep_alone_is_told_to_those_who_wait_and_to_readers()
    {
        await using SqliteBroker broker = await OpenAsync();
        await PublishAsync(broker, Room);
        var watcher = new StateWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        using var faulty = new FaultyStore(broker);
        await faulty.PrepareAsync("CREATE TEMP TRIGGER hang BEFORE DELETE ON main.entries BEGIN SELECT fault(); END");
        faulty.Hang();
        _time.Advance(TimeSpan.FromHours(2));
        await UntilAsync(() => faulty.Calls > 0);
        Task<Appended> waits = PublishAsync(broker, Other);
        await UntilAsync(() => waits.IsCompleted, _diskTime);
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => waits);
        await UntilAsync(() => watcher.Degraded > 0);
        faulty.GoOn();
        await UntilAsync(() => watcher.Restored > 0, _time);
        await PublishAsync(broker, Other);
    }

    [Fact]
    public async Task A_batch_that_comes_back_while_its_outage_is_told_leaves_nobody_degraded()
    {
        await using SqliteBroker broker = await OpenAsync();
        var watcher = new StateWatcher();
        await using IAsyncDisposable watch = await broker.WatchAsync(Room, watcher, Cancel);
        var late = new LateWrite(broker.Opened.Writer);
        broker.Opened.Writer.Enqueue(late);
        await late.Begun.Task.WaitAsync(Cancel);

        // Within this the watch finds the disk away, and fails the write, which then comes back.
        _diskTime.Advance(TimeSpan.FromSeconds(5));
        Assert.True(late.HasFailed);
        Assert.Equal(watcher.Degraded, watcher.Restored);
        Assert.Equal(1, (await PublishAsync(broker, Room)).Position.Offset);
    }

    [Fact]
    public async Task A_read_that_the_disk_does_not_answer_ends_with_a_fault_and_can_be_cancelled()
    {
        await using SqliteBroker broker = await OpenAsync();
        await PublishAsync(broker, Room);
        using var goesOn = new ManualResetEventSlim();
        ValueTask<bool> Hanging(CancellationToken cancel) => new(broker.Opened.Readers.ReadAsync(_ =>
        {
            goesOn.Wait(CancellationToken.None);
            return true;
        }, cancel));
        Task<bool> late = Hanging(Cancel).AsTask();
        using var cancel = new CancellationTokenSource();
        Task<bool> cancelled = Hanging(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        await UntilAsync(() => late.IsCompleted, _diskTime);
        BrokerUnavailableException fault = await Assert.ThrowsAsync<BrokerUnavailableException>(() => late);
        Assert.Contains("has not answered", fault.Message, StringComparison.Ordinal);
        Assert.Single((await broker.ReadAsync(Room, ReadFrom.Start, All, Cancel)).Entries);
        goesOn.Set();
    }

    [Fact]
    public async Task Upkeep_that_fails_on_a_sector_is_paused_and_taken_up_again_and_writes_go_on()
    {
        await using SqliteBroker broker = await OpenAsync();
        await PublishAsync(broker, Room);
        using var faulty = new FaultyStore(broker) { Code = raw.SQLITE_IOERR_READ };
        await faulty.PrepareAsync("CREATE TEMP TRIGGER bad BEFORE DELETE ON main.entries BEGIN SELECT fault(); END");
        _time.Advance(TimeSpan.FromHours(2));
        await UntilAsync(() => faulty.Calls > 0);
        for (int i = 0; i < 20; i++)
        {
            await PublishAsync(broker, Other);
        }

        // It comes back by itself, with nobody writing.
        faulty.Code = 0;
        int calls = faulty.Calls;
        await UntilAsync(() => faulty.Calls > calls, _time);
    }

    [Fact]
    public async Task A_write_that_fails_fails_alone_and_those_beside_it_share_few_transactions()
    {
        await using SqliteBroker broker = await OpenAsync();
        using var faulty = new FaultyStore(broker) { Code = raw.SQLITE_CORRUPT };
        await faulty.PrepareAsync("CREATE TEMP TRIGGER bad BEFORE INSERT ON main.entries WHEN NEW.event = 'bad' BEGIN SELECT fault(); END");
        int commits = 0;
        using var gate = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        Task first = faulty.WriteAsync(tables =>
        {
            raw.sqlite3_commit_hook(tables.Database.Handle, _ => { commits++; return 0; }, null);
            begun.Set();
            gate.Wait(CancellationToken.None);
        });
        begun.Wait(Cancel);
        Task<Appended>[] writes = [.. Enumerable.Range(0, 200).Select(i => broker.AppendAsync(Room, new EntryContent(i == 100 ? "bad" : "good", [1], true, null), null, Cancel).AsTask())];
        gate.Set();
        await first;
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => writes[100]);
        Assert.Equal(Enumerable.Range(1, 199).Select(static offset => (long)offset), (await Task.WhenAll(writes.Where((_, i) => i != 100))).Select(static one => one.Position.Offset));
        Assert.InRange(commits, 3, 8);
        Assert.False(broker.Opened.Writer.IsAway);
    }

    [Fact]
    public async Task A_broker_that_ends_leaves_what_is_due_to_the_next_one()
    {
        await using (SqliteBroker broker = await OpenAsync())
        {
            for (int i = 0; i < 2_000; i++)
            {
                _ = PublishAsync(broker, Room);
            }

            await PublishAsync(broker, Room);
            await new FaultyStore(broker).WriteAsync(static tables => tables.Dropped.Add(tables.Rooms.Find(Room)!.Id, 2_000));
        }

        using (Storage.Database database = new Storage.DataDirectory(_directory.Path).OpenForReading())
        {
            Assert.Equal(2_001, database.Number("SELECT count(*) FROM entries"));
        }

        await using SqliteBroker again = await OpenAsync();
        await again.CatchUpAsync();
        using Storage.Database after = new Storage.DataDirectory(_directory.Path).OpenForReading();
        Assert.Equal(1, after.Number("SELECT count(*) FROM entries"));
    }

    [Fact]
    public async Task Retention_that_is_shorter_after_a_restart_holds_for_what_is_there()
    {
        await using (SqliteBroker broker = await OpenAsync())
        {
            await PublishAsync(broker, Room);
            await PublishAsync(broker, Other);
        }

        _time.Advance(TimeSpan.FromMinutes(2));
        await using SqliteBroker again = await OpenAsync(TimeSpan.FromMinutes(1));
        await again.CatchUpAsync();
        Assert.Empty((await again.ReadAsync(Room, ReadFrom.Start, All, Cancel)).Entries);
        Assert.Empty((await again.ReadAsync(Other, ReadFrom.Start, All, Cancel)).Entries);
    }

    [Fact]
    public async Task Rooms_are_looked_at_once_for_new_settings_and_not_with_every_start()
    {
        for (int start = 0; start < 2; start++)
        {
            await using SqliteBroker broker = await OpenAsync();
            bool isToReview = false;
            await new FaultyStore(broker).WriteAsync(tables => isToReview = tables.IsToReview);
            await broker.CatchUpAsync();
            if (start == 1)
            {
                Assert.False(isToReview);
            }
        }
    }

    [Fact]
    public async Task Who_begins_to_watch_a_record_that_is_just_being_dropped_is_told_to_read_anew()
    {
        await using SqliteBroker broker = await OpenAsync();
        await PublishAsync(broker, Room);
        _time.Advance(TimeSpan.FromHours(2));
        await broker.CatchUpAsync();
        var watcher = new StateWatcher();
        Task<IAsyncDisposable>? watch = null;
        await new FaultyStore(broker).WriteAsync(tables =>
        {
            if (watch is null)
            {
                broker.Opened.Upkeep.Step(tables, broker.Opened.Clock.Now + (long)TimeSpan.FromDays(2).TotalMilliseconds, 0);
                watch = broker.WatchAsync(Room, watcher, Cancel).AsTask();
                Assert.True(watch.Wait(TimeSpan.FromMinutes(1), Cancel));
            }
        });
        await UntilAsync(() => watcher.Uncertain > 0);
        await (await watch!).DisposeAsync();
    }

    [Fact]
    public async Task A_busy_room_that_keeps_one_entry_does_not_grow()
    {
        await using SqliteBroker broker = await OpenAsync(entries: 1);
        using var gate = new ManualResetEventSlim();
        Task first = new FaultyStore(broker).WriteAsync(_ => gate.Wait(CancellationToken.None));

        // One full transaction after another.
        Task<Appended>[] writes = [.. Enumerable.Range(0, 8_000).Select(_ => PublishAsync(broker, Room))];
        gate.Set();
        await first;
        await Task.WhenAll(writes);
        using Storage.Database database = new Storage.DataDirectory(_directory.Path).OpenForReading();
        Assert.InRange(database.Number("SELECT count(*) FROM entries"), 1, 1_024);
    }

    [Fact]
    public async Task Tickets_that_were_let_go_of_in_a_transaction_that_was_undone_count_again()
    {
        await using SqliteBroker broker = await OpenAsync();
        var store = new FaultyStore(broker);
        await store.WriteAsync(static tables => tables.Database.Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO tickets SELECT 'ticket' || i, x'00', CASE WHEN i % 2 THEN 1 ELSE 9000000000000 END FROM n"));
        await Assert.ThrowsAsync<BrokerUnavailableException>(() => store.WriteAsync(tables =>
        {
            tables.Tickets.Put("undone", [1], 9_000_000_000_000, broker.Opened.Clock.Now);
            throw new InvalidOperationException("the page is damaged");
        }));
        await broker.AddTicketAsync("one more", new byte[] { 1 }, TimeSpan.FromMinutes(1), Cancel);
        using Storage.Database database = new Storage.DataDirectory(_directory.Path).OpenForReading();
        Assert.InRange(database.Number("SELECT count(*) FROM tickets"), 1, 100_000);
    }

    private static async Task<Appended> PublishAsync(SqliteBroker broker, RoomName room) => await broker.AppendAsync(room, RestartTests.Content("1"), null, Cancel);

    // Advances a clock meanwhile, where one is given.
    private static async Task UntilAsync(Func<bool> isSo, FakeTimeProvider? time = null)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < Patience, "It has not become so.");
            time?.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, Cancel);
        }
    }

    private async Task<SqliteBroker> OpenAsync(TimeSpan? age = null, long entries = 10_000)
    {
        var policy = new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Age = age ?? TimeSpan.FromHours(1), Entries = entries } };
        var broker = new SqliteBroker(new SqliteBrokerOptions { Directory = _directory.Path, Sync = DataSync.Normal, DiskTime = _diskTime }, new RoomPolicies([policy]), _time);
        await broker.OpenAsync(Cancel);
        return broker;
    }

    // Hangs until it is failed, and holds that up until it is stored and the writer has gone on.
    private sealed class LateWrite(StoreWriter writer) : Write
    {
        private readonly ManualResetEventSlim _goesOn = new();
        private readonly Write<bool> _next = new((_, _) => true);

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool HasFailed { get; private set; }

        public override void Apply(WriterTables tables, long now)
        {
            Begun.TrySetResult();
            _goesOn.Wait(CancellationToken.None);
        }

        public override void Complete()
        {
        }

        public override void Fail(Exception fault)
        {
            HasFailed = true;
            _goesOn.Set();
            Assert.True(SpinWait.SpinUntil(() => !writer.IsAway, Patience));
            writer.Enqueue(_next);
            Assert.True(_next.Answered.Wait(Patience));
        }
    }

    private sealed class StateWatcher : IRoomWatcher
    {
        private int _degraded;
        private int _restored;
        private int _uncertain;

        public int Degraded => Volatile.Read(ref _degraded);

        public int Restored => Volatile.Read(ref _restored);

        public int Uncertain => Volatile.Read(ref _uncertain);

        public void OnEntry(Epoch epoch, uint previousMark, Entry entry)
        {
        }

        public void OnUncertain() => Interlocked.Increment(ref _uncertain);

        public void OnTrimmed()
        {
        }

        public void OnDegraded() => Interlocked.Increment(ref _degraded);

        public void OnRestored() => Interlocked.Increment(ref _restored);
    }
}
