using Godwit.Bench.Generator;

namespace Godwit.Bench.Tests;

public sealed class LedgerTests
{
    [Fact]
    public void In_order_each_entry_counts_once()
    {
        Ledger ledger = new(first: 5, room: 3, ordered: true);

        Assert.Null(ledger.Note(5));
        Assert.Null(ledger.Note(6));
        Assert.Equal("entry 6 came where 7 was due", ledger.Note(6));
        Assert.Equal("entry 8 came where 7 was due", ledger.Note(8));
    }

    [Fact]
    public void Without_order_a_repetition_and_a_stranger_are_noticed()
    {
        Ledger ledger = new(first: 5, room: 3, ordered: false);

        Assert.Null(ledger.Note(7));
        Assert.Null(ledger.Note(5));
        Assert.Equal("entry 7 came twice", ledger.Note(7));
        Assert.Equal("entry 4 was never due", ledger.Note(4));
        Assert.Equal("entry 4000 was never due", ledger.Note(4000));
    }
}
