using Godwit.Bench.Measure;
using Godwit.Bench.Report;
using Godwit.Bench.Systems;

namespace Godwit.Bench.Loads;

/// <summary>One publisher, many readers: what one delivery costs the server.</summary>
/// <remarks>
/// Measured in two forms. Paced: the next POST when every reader has the entry, so that every system makes one send per
/// reader and entry. Free: the next POST when the answer is in, so that a server which answers before it has delivered may
/// send several entries at once; a poll has one entry at a time in any case, and is measured paced alone.
/// </remarks>
internal sealed class FanOut(string name, string summary, Transport transport) : BenchLoad(name)
{
    public override string Summary => summary;

    /// <summary>The name of the part with one send per reader and entry.</summary>
    public string Paced => Name + "-paced";

    public override IEnumerable<Transport> TransportsOf(BenchSystem system) => system.Transports.Where(one => one == transport);

    public override IEnumerable<Part> Measure(BenchSystem system, Transport transport, BenchContext context)
    {
        BenchOptions options = context.Options;
        using Stage stage = new(system, transport, context);
        stage.Seat(options.Connections, (options.Entries * 2) + (options.WarmUp * 2));

        stage.PublishPaced(options.WarmUp);
        stage.Settle();
        yield return new Part(Paced, options.Connections, Measure(stage, () => stage.PublishPaced(options.Entries)));

        if (transport != Transport.LongPoll)
        {
            stage.Publish(options.WarmUp);
            stage.Settle();
            yield return new Part(Name, options.Connections, Measure(stage, () => stage.Publish(options.Entries)));
        }
    }

    public override IEnumerable<Table> Tables(BenchOptions options)
    {
        string what = $"{options.Entries} entries to {options.Connections:N0} readers";
        yield return new Table(Paced, $"{summary}, paced: {what}, each published when every reader has the one before", Table.DeliveryColumns)
        {
            Note = "Every system makes one send per reader and entry, so this is what one send costs.",
            Plots = [new Plot(Figure.Cpu, $"{summary}, paced: server CPU per delivery", "µs", "0.00")],
        };
        yield return new Table(Name, $"{summary}: {what}, each published when the answer to the one before is in", Table.DeliveryColumns)
        {
            Note = "A server that answers before it has delivered may send several entries at once; \"entries per receive\" shows whether it did.",
            Plots = [new Plot(Figure.Cpu, $"{summary}: server CPU per delivery", "µs", "0.00")],
        };
    }

    private static Dictionary<string, double> Measure(Stage stage, Func<long> publish)
    {
        Meter meter = new(stage.Server, stage.Audience!.Progress);
        long last = publish();
        stage.Settle();
        return meter.Stop(last);
    }
}
