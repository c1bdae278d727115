using Godwit.Sqlite.Storage;
using Godwit.Sqlite.Writing;
using SQLitePCL;

namespace Godwit.Sqlite.Tests;

/// <summary>Has statements of a broker's writer fail or wait, within SQLite: a function that triggers and views of its connection call.</summary>
internal sealed class FaultyStore(SqliteBroker broker) : IDisposable
{
    private readonly ManualResetEventSlim _goesOn = new(initialState: true);
    private int _code;

    /// <summary>How often a statement came by.</summary>
    public int Calls { get; private set; }

    /// <summary>Whether only what is not in a transaction fails.</summary>
    public bool OutsideTransactions { get; init; }

    /// <summary>The result code that statements end with from now on; 0 for none.</summary>
    public int Code
    {
        get => Volatile.Read(ref _code);
        set => Volatile.Write(ref _code, value);
    }

    /// <summary>Carries out SQL on the writer's connection, in a transaction. It may call <c>fault()</c>, which gives 1 where it does not fail.</summary>
    public async Task PrepareAsync(string sql)
    {
        await WriteAsync(tables =>
        {
            sqlite3 handle = tables.Database.Handle;
            raw.sqlite3_create_function(handle, "fault", 0, null, (context, _, _) =>
            {
                Calls++;
                _goesOn.Wait();
                if (Code != 0 && !(OutsideTransactions && tables.Database.IsInTransaction))
                {
                    raw.sqlite3_result_error_code(context, Code);
                }
                else
                {
                    raw.sqlite3_result_int(context, 1);
                }
            });
            tables.Database.Execute(sql);
        });
    }

    /// <summary>Carries out something on the writer's thread.</summary>
    public Task WriteAsync(Action<WriterTables> apply)
    {
        var write = new Write<bool>((tables, _) =>
        {
            apply(tables);
            return true;
        });
        broker.Opened.Writer.Enqueue(write);
        return write.Answered;
    }

    /// <summary>Has statements wait from now on.</summary>
    public void Hang() => _goesOn.Reset();

    /// <summary>Has them go on.</summary>
    public void GoOn() => _goesOn.Set();

    public void Dispose() => _goesOn.Set();
}
