using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Comparing;

/// <summary>What is said changes with the measurements.</summary>
public sealed class SentencesTests
{
    [Fact]
    public void A_connection_that_is_cheap_at_rest_and_dear_per_entry_breaks_even_at_a_rate()
    {
        string[] said = Of("Server CPU", MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 10, cpuAdded: 5), MadeUp.Figures(MadeUp.PollEvery5, cpuAtRest: 100, cpuAdded: 3));

        Assert.Equal(["A WebSocket costs the server less CPU time than polling every 5 s at up to 45 entries a minute; above that, an answer that brings many entries at once makes polling every 5 s cheaper, and late."], said);
    }

    [Fact]
    public void The_point_moves_with_the_costs_and_is_told_by_the_second_where_it_is_high()
    {
        string said = Of("Server CPU", MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 10, cpuAdded: 5), MadeUp.Figures(MadeUp.PollEvery5, cpuAtRest: 1210, cpuAdded: 3)).Single();

        Assert.Contains("at up to 10 entries a second; above that", said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_that_is_dear_at_rest_and_cheap_per_entry_costs_less_from_a_rate_on()
    {
        string said = Of("Server CPU", MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 100, cpuAdded: 3), MadeUp.Figures(MadeUp.LongPoll, cpuAtRest: 98 - 90, cpuAdded: 49)).Single();

        Assert.Equal("A WebSocket costs the server less CPU time than long polling from 2.0 entries a minute on; below that, long polling costs the server less.", said);
    }

    [Fact]
    public void Where_there_is_no_break_even_point_none_is_told()
    {
        Assert.Equal(
            ["A WebSocket costs the server less CPU time than polling every 5 s at every message rate."],
            Of("Server CPU", MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 10, cpuAdded: 3), MadeUp.Figures(MadeUp.PollEvery5, cpuAtRest: 100, cpuAdded: 5)));
        Assert.Equal(
            ["A WebSocket never costs the server less CPU time than polling every 5 s, at no message rate."],
            Of("Server CPU", MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 100, cpuAdded: 5), MadeUp.Figures(MadeUp.PollEvery5, cpuAtRest: 10, cpuAdded: 3)));
        Assert.Equal(
            ["A WebSocket costs the server as much CPU time as polling every 5 s, at every message rate."],
            Of("Server CPU", MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 10, cpuAdded: 3), MadeUp.Figures(MadeUp.PollEvery5, cpuAtRest: 10, cpuAdded: 3)));
    }

    [Fact]
    public void A_point_that_nobody_comes_to_is_none()
    {
        string said = Of("Server CPU", MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 10, cpuAdded: 5), MadeUp.Figures(MadeUp.PollEvery5, cpuAtRest: 1e9, cpuAdded: 3)).Single();

        Assert.EndsWith("at every message rate.", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Bytes_have_a_break_even_point_of_their_own()
    {
        string said = Of("Bytes", MadeUp.Figures(MadeUp.WebSocket, wireAtRest: 400, wireAdded: 400), MadeUp.Figures(MadeUp.PollEvery5, wireAtRest: 2400, wireAdded: 200)).Single();

        Assert.StartsWith("A WebSocket puts fewer bytes on the wire than polling every 5 s at up to 10 entries a minute;", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_WebSocket_polling_is_compared_with_the_cheapest_stream()
    {
        string said = Of("Server CPU", MadeUp.Figures(new Way(ProbeTransport.HttpStream), cpuAdded: 9), MadeUp.Figures(MadeUp.EventStream, cpuAdded: 4), MadeUp.Figures(MadeUp.PollEvery5, cpuAtRest: 1000, cpuAdded: 20)).Single();

        Assert.StartsWith("Server-sent events", said, StringComparison.Ordinal);
    }

    [Fact]
    public void What_ends_how_many_clients_fit_is_said_with_their_number()
    {
        CompareResult result = MadeUp.Result(MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 1, cpuAdded: 1, memoryKiB: 20));

        Assert.Equal(["A server of this size (2 cores, 8.0 GiB) holds about 290,000 clients that wait by following a WebSocket, with one entry a minute; then its memory is full."], Of("Capacity", result));
        Assert.Contains("about 70,000 clients", Of("Capacity", result with { Machine = result.Machine with { MemoryBytes = 2L << 30 } }).Single(), StringComparison.Ordinal);
        Assert.Equal("The limit of open files (2000, ulimit -n) ends it at about 1,800 clients that wait over a WebSocket. Raise it; what follows leaves it out.", Of("Capacity", result with { Machine = result.Machine with { OpenFiles = 2000 } })[0]);
        Assert.EndsWith("then its processors are busy.", Of("Capacity", MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 1e6)).Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_fastest_and_the_slowest_are_told_with_how_much_is_between_them()
    {
        string[] said = Of("Latency", MadeUp.Figures(MadeUp.PollEvery5, median: 2500), MadeUp.Figures(MadeUp.WebSocket, median: 2), MadeUp.Figures(MadeUp.LongPoll, median: 2.1));

        Assert.Equal(
            [
                "Over a WebSocket a single entry is with a client after 2.0 ms in the median, and 99 % of them within 4.0 ms.",
                "Polling every 5 s brings it after 2.5 s in the median and 7.5 s at worst, 1,200 times as late.",
                "Long polling is as fast: what it costs is not time.",
            ],
            said);
    }

    [Fact]
    public void What_is_alike_is_told_as_a_range_and_not_ranked()
    {
        string[] said = Of("Latency", MadeUp.Figures(MadeUp.EventStream, median: 2), MadeUp.Figures(MadeUp.WebSocket, median: 3), MadeUp.Figures(MadeUp.LongPoll, median: 9));

        Assert.Equal(
            ["Over server-sent events or a WebSocket a single entry is with a client after 2.0 ms to 3.0 ms in the median, and 99 % of them within 6.0 ms.", "Long polling takes 3.0 times as long, 9.0 ms in the median."],
            said);
    }

    [Fact]
    public void Memory_is_told_of_each_and_recovery_of_who_polls_apart()
    {
        WayFigures[] ways = [MadeUp.Figures(MadeUp.PollEvery5, memoryKiB: 12, median: 500), MadeUp.Figures(MadeUp.WebSocket, memoryKiB: 20)];

        Assert.Equal(["A client that waits takes of the server 12 KiB by polling every 5 s and 20 KiB over a WebSocket. The kernel's part is in it, 4.0 KiB on average."], Of("Memory", ways));
        Assert.Equal(
            ["After a cut, a client that reconnects at once has what it missed after 4.0 ms in the median over a WebSocket.", "Polling every 5 s has it with its next poll, after 2.0 s in the median."],
            Of("Recovery", ways));
    }

    [Fact]
    public void A_loss_is_said_with_where_it_was()
    {
        WayFigures whole = MadeUp.Figures(MadeUp.WebSocket);

        Assert.Equal(["No entry was lost and none came twice, over any of them."], Of("Losses", MadeUp.Result(whole)));
        Assert.Equal(
            ["No entry was lost and none came twice, over any of them.", "Over a lossy data channel 12 entries were left out for newer ones or lost on the way, as it is meant to be."],
            Of("Losses", MadeUp.Result(whole, MadeUp.Figures(new Way(ProbeTransport.SessionLossyChannel)) with { Skipped = 12 })));
        Assert.Equal(["1 entry was lost and 2 came twice, over long polling."], Of("Losses", MadeUp.Result(whole, MadeUp.Figures(MadeUp.LongPoll) with { Faults = (1, 2) })));
    }

    [Fact]
    public void Where_the_servers_figures_are_not_known_nothing_is_said_of_them_but_that()
    {
        CompareResult result = MadeUp.Result(
            MadeUp.Figures(MadeUp.WebSocket) with { CpuAtRest = null, CpuAdded = null, ResidentKiB = null, KernelKiB = null },
            MadeUp.Figures(MadeUp.PollEvery5) with { CpuAtRest = null, CpuAdded = null, ResidentKiB = null, KernelKiB = null }) with
        { Unknown = "The server's figures are left out." };
        string[] topics = [.. Sentences.Of(result).Select(static sentence => sentence.Topic).Distinct()];

        Assert.DoesNotContain("Server CPU", topics);
        Assert.DoesNotContain("Capacity", topics);
        Assert.DoesNotContain("Memory", topics);
        Assert.Contains("Bytes", topics);
        Assert.Equal(["The server's figures are left out."], Of("Not known", result));
    }

    [Fact]
    public void Of_what_was_not_measured_nothing_is_said() =>
        Assert.Empty(Sentences.Of(MadeUp.Result(new WayFigures { Way = MadeUp.WebSocket }, new WayFigures { Way = MadeUp.PollEvery5 }) with { Missing = Stages.All }));

    private static string[] Of(string topic, params WayFigures[] ways) => Of(topic, MadeUp.Result(ways));

    private static string[] Of(string topic, CompareResult result) => [.. Sentences.Of(result).Where(sentence => sentence.Topic == topic).Select(static sentence => sentence.Text)];
}
