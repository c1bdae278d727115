using Godwit.Server.Comparing.Clients;
using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Figures;
using Godwit.Server.Comparing.Plans;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Comparing;

/// <summary>What figures are made of, with windows that nobody measured.</summary>
public sealed class ReckoningTests
{
    private static readonly ComparePlan Plan = new() { Ways = [MadeUp.WebSocket], Heartbeat = TimeSpan.FromSeconds(20), Hold = TimeSpan.FromSeconds(30) };

    [Fact]
    public void A_minute_of_waiting_costs_what_one_turn_costs_as_often_as_a_minute_has_turns()
    {
        WayFigures socket = Reckoning.Of(new TrialRecord(MadeUp.WebSocket, 10) { Idle = [Window(cpu: 3000, heartbeats: 100, bytes: 20_000)] }, Plan);
        WayFigures held = Reckoning.Of(new TrialRecord(MadeUp.LongPoll, 10) { Idle = [Window(cpu: 3000, requests: 50, bytes: 20_000)] }, Plan);
        WayFigures polled = Reckoning.Of(new TrialRecord(MadeUp.PollEvery5, 10) { Idle = [Window(cpu: 3000, requests: 50, bytes: 20_000)] }, Plan);

        // Heartbeats are due up to a fifth earlier than every 20 s: 3.33 a minute.
        Assert.Equal(30 * 60 / 18.0, socket.CpuAtRest!.Value, 6);
        Assert.Equal(200 * 60 / 18.0, socket.WireAtRest!.Value.Both, 6);
        Assert.Equal(60 * 2, held.CpuAtRest!.Value, 6);
        Assert.Equal(60 * 12, polled.CpuAtRest!.Value, 6);
        Assert.Equal(400 * 12, polled.WireAtRest!.Value.Both, 6);
        Assert.Equal((0, 3, 12), (socket.RequestsQuiet!.Value, held.RequestsQuiet!.Value, polled.RequestsQuiet!.Value));
    }

    [Fact]
    public void Of_many_windows_the_half_in_the_middle_has_its_mean()
    {
        WayFigures figures = Reckoning.Of(
            new TrialRecord(MadeUp.WebSocket, 10) { Steady = [.. new double[] { 0, 1000, 1000, 1000, 2600, 90_000 }.Select(static cpu => Window(cpu: cpu, deliveries: 100))] },
            Plan);

        WayFigures finer = Reckoning.Of(
            new TrialRecord(MadeUp.WebSocket, 10) { Steady = [.. new double[] { 90_000, 90_000, 1000, 1400, 1000, 1400, 0, 0 }.Select(static cpu => Window(cpu: cpu, deliveries: 100))] },
            Plan);

        Assert.Equal(14, figures.CpuPerEntry!.Value, 6);
        Assert.Equal(12, finer.CpuPerEntry!.Value, 6);
    }

    [Fact]
    public void Requests_are_counted_over_all_windows_since_one_has_few_entries_and_the_next_none()
    {
        WayFigures held = Reckoning.Of(
            new TrialRecord(MadeUp.LongPoll, 10) { Steady = [.. new long[] { 10, 10, 0, 10, 10, 20, 10, 10 }.Select(static requests => Window(requests: requests, deliveries: requests))] },
            Plan);

        Assert.Equal(60, held.RequestsSteady!.Value, 6);
        Assert.Null(Reckoning.Of(new TrialRecord(MadeUp.LongPoll, 10), Plan).RequestsSteady);
    }

    [Fact]
    public void Windows_that_are_joined_have_what_happened_in_all_of_them()
    {
        Assert.Equal(
            [Window(seconds: 3, cpu: 30, requests: 3, deliveries: 100, bytes: 40), Window(seconds: 3, cpu: 70, deliveries: 7, bytes: 2)],
            Godwit.Server.Comparing.Figures.Window.Joined([Window(seconds: 1, cpu: 10, requests: 3, bytes: 20), Window(seconds: 2, cpu: 20, deliveries: 100, bytes: 20), Window(seconds: 1, cpu: 30, deliveries: 7), Window(seconds: 2, cpu: 40, bytes: 2)], 2));
    }

    [Fact]
    public void What_an_entry_adds_is_what_is_left_when_the_polls_have_had_their_part()
    {
        WayFigures polled = Reckoning.Of(
            new TrialRecord(MadeUp.PollEvery5, 10) { Idle = [Window(cpu: 3000, requests: 50, bytes: 20_000)], Steady = [Window(cpu: 4000, requests: 50, deliveries: 500, bytes: 120_000)] },
            Plan);

        Assert.Equal(8, polled.CpuPerEntry!.Value, 6);
        Assert.Equal(2, polled.CpuAdded!.Value, 6);
        Assert.Equal(200, polled.WireAdded!.Value, 6);
        Assert.Equal(240, polled.WirePerEntry!.Value.Both, 6);
    }

    [Fact]
    public void A_request_of_a_long_poll_that_brings_an_entry_is_part_of_the_entry()
    {
        WayFigures held = Reckoning.Of(
            new TrialRecord(MadeUp.LongPoll, 10) { Idle = [Window(cpu: 3000, requests: 50, bytes: 20_000)], Steady = [Window(cpu: 4000, requests: 500, deliveries: 500, bytes: 120_000)] },
            Plan);

        Assert.Equal(8, held.CpuAdded!.Value, 6);
        Assert.Equal(240, held.WireAdded!.Value, 6);
    }

    [Fact]
    public void Heartbeats_and_empty_answers_that_come_beside_the_entries_are_no_part_of_them()
    {
        WayFigures socket = Reckoning.Of(
            new TrialRecord(MadeUp.WebSocket, 10) { Idle = [Window(cpu: 3000, heartbeats: 100, bytes: 20_000)], Steady = [Window(cpu: 4000, heartbeats: 50, deliveries: 500, bytes: 120_000)] },
            Plan);
        WayFigures held = Reckoning.Of(
            new TrialRecord(MadeUp.LongPoll, 10) { Idle = [Window(cpu: 3000, requests: 50, bytes: 20_000)], Steady = [Window(cpu: 4000, requests: 510, deliveries: 500, bytes: 120_000)], Bursty = [Window(cpu: 1060, requests: 60, deliveries: 50)] },
            Plan);

        Assert.Equal((5, 220), (Math.Round(socket.CpuPerEntry!.Value, 6), Math.Round(socket.WirePerEntry!.Value.Both, 6)));
        Assert.Equal((6.8, 232), (Math.Round(held.CpuPerEntry!.Value, 6), Math.Round(held.WirePerEntry!.Value.Both, 6)));
        Assert.Equal(9.2, held.CpuPerEntryBursty!.Value, 6);
    }

    [Fact]
    public void At_the_servers_pace_there_are_more_polls_the_more_happens_so_no_line_can_be_drawn()
    {
        WayFigures paced = MadeUp.Figures(MadeUp.Paced), socket = MadeUp.Figures(MadeUp.WebSocket);

        Assert.Null(BreakEvens.Cpu(socket, paced));
        Assert.Null(BreakEvens.Wire(socket, paced));
        Assert.NotNull(BreakEvens.Cpu(socket, MadeUp.Figures(MadeUp.PollEvery5)));
    }

    [Fact]
    public void A_window_in_which_something_else_happened_does_not_count()
    {
        WayFigures figures = Reckoning.Of(
            new TrialRecord(MadeUp.WebSocket, 10) { Steady = [Window(cpu: 1000, deliveries: 100), Window(cpu: 90_000, deliveries: 100), Window(cpu: 1010, deliveries: 100)] },
            Plan);

        Assert.Equal(10.1, figures.CpuPerEntry!.Value, 6);
    }

    [Fact]
    public void A_cost_that_comes_out_below_zero_is_zero()
    {
        WayFigures figures = Reckoning.Of(new TrialRecord(MadeUp.WebSocket, 10) { Idle = [Window(cpu: -50, heartbeats: 100)], Resident = -3 }, Plan);

        Assert.Equal(0, figures.CpuAtRest);
        Assert.Equal(0, figures.ResidentKiB);
    }

    [Fact]
    public void What_was_not_measured_is_not_there()
    {
        WayFigures nothing = Reckoning.Of(new TrialRecord(MadeUp.WebSocket, 10), Plan);
        WayFigures unknown = Reckoning.Of(new TrialRecord(MadeUp.WebSocket, 10) { Idle = [new Window(1, null, new FollowingCount(0, 5, 0, null))], Steady = [new Window(1, null, new FollowingCount(0, 0, 5, null))] }, Plan);

        Assert.Equal((null, null, null, null, null), (nothing.CpuAtRest, nothing.WireAtRest, nothing.CpuPerEntry, nothing.Steady, nothing.MemoryKiB));
        Assert.Equal((null, null, null, null), (unknown.CpuAtRest, unknown.WireAtRest, unknown.CpuPerEntry, unknown.WirePerEntry));
    }

    [Fact]
    public void Heartbeats_of_a_server_that_was_given_are_counted_and_not_reckoned()
    {
        WayFigures figures = Reckoning.Of(new TrialRecord(MadeUp.WebSocket, 10) { Idle = [Window(seconds: 30, heartbeats: 20, bytes: 2000)] }, Plan with { IsGiven = true });

        Assert.Equal(4, figures.TurnsPerMinute!.Value, 6);
        Assert.Equal(400, figures.WireAtRest!.Value.Both, 6);
    }

    [Fact]
    public void Polling_at_the_servers_pace_is_as_late_as_the_pace_at_one_entry_a_minute()
    {
        LatencyFigures quiet = Reckoning.Of(new TrialRecord(MadeUp.Paced, 10) { Latencies = new Dictionary<Stage, double[]> { [Stage.Quiet] = [1, 2] } }, Plan).Quiet!;

        Assert.True(quiet.IsReckoned);
        Assert.Equal((15_000, 30_000), (quiet.Median, quiet.Most));
    }

    [Fact]
    public void A_poll_at_the_servers_pace_costs_what_a_poll_by_the_clock_does()
    {
        IReadOnlyList<WayFigures> figures = Reckoning.All([new TrialRecord(MadeUp.PollEvery5, 10) { Idle = [Window(cpu: 3000, requests: 50, bytes: 20_000)] }, new TrialRecord(MadeUp.Paced, 10) { Idle = [Window(cpu: 1)] }], Plan);

        Assert.Equal(60 * 2, figures[1].CpuAtRest!.Value, 6);
        Assert.Equal(400 * 2, figures[1].WireAtRest!.Value.Both, 6);
    }

    [Fact]
    public void Of_latencies_the_median_is_not_exceeded_by_half_and_the_maximum_by_none()
    {
        LatencyFigures figures = LatencyFigures.Of([.. Enumerable.Range(1, 200).Select(static i => (double)i)])!;

        Assert.Equal(new LatencyFigures(100, 198, 200, 200), figures);
        Assert.Null(LatencyFigures.Of([]));
    }

    [Theory]
    [InlineData(null, 2000)]
    [InlineData(20_000L, 1980)]
    [InlineData(4096L, 389)]
    [InlineData(1L, 1)]
    public void As_many_clients_wait_as_the_limit_of_open_files_allows(long? files, int waiting)
    {
        Assert.Equal(waiting, ComparePlan.UsualWaiting(Way.Of(ProbeTransports.All, [TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5)]), files));
    }

    private static Window Window(double seconds = 1, double cpu = 0, long requests = 0, long heartbeats = 0, long deliveries = 0, long bytes = 0) =>
        new(seconds, cpu, new FollowingCount(requests, heartbeats, deliveries, new WireTraffic(bytes / 2, bytes / 2)));
}
