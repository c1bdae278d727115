using Godwit.Server.Comparing.Conclusions;
using Godwit.Server.Comparing.Figures;

namespace Godwit.Server.Tests.Comparing;

public sealed class CapacityTests
{
    private static readonly MachineFigures Large = MadeUp.Machine with { OpenFiles = null, BaseKiB = 0 };

    [Fact]
    public void Clients_that_cost_memory_and_little_else_are_held_until_the_memory_is_full()
    {
        Capacity capacity = Capacity.Of(MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 1, cpuAdded: 1, memoryKiB: 20), Large)!.Value;

        Assert.Equal(Bottleneck.Memory, capacity.By);
        Assert.Equal(8.0 * (1 << 20) * Capacity.MemoryShare / 20, capacity.Clients, 3);
    }

    [Fact]
    public void Clients_that_cost_time_are_held_until_the_processors_are_busy()
    {
        Capacity capacity = Capacity.Of(MadeUp.Figures(MadeUp.PollEvery5, cpuAtRest: 9_000, cpuAdded: 1_000), Large)!.Value;

        Assert.Equal(Bottleneck.Cpu, capacity.By);
        Assert.Equal(2 * 60e6 * Capacity.CpuShare / 10_000, capacity.Clients, 3);
    }

    [Fact]
    public void Clients_are_held_until_no_more_files_may_be_open()
    {
        Capacity capacity = Capacity.Of(MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 1), Large with { OpenFiles = 1000 })!.Value;

        Assert.Equal(new Capacity(900, Bottleneck.OpenFiles), capacity);
    }

    [Fact]
    public void A_machine_whose_memory_a_server_without_clients_fills_holds_none() =>
        Assert.Equal(0, Capacity.Of(MadeUp.Figures(MadeUp.WebSocket), Large with { BaseKiB = 16 << 20 })!.Value.Clients);

    [Fact]
    public void Nothing_is_said_where_the_servers_figures_are_not_known_or_clients_cost_nothing()
    {
        Assert.Null(Capacity.Of(MadeUp.Figures(MadeUp.WebSocket) with { CpuAtRest = null }, Large));
        Assert.Null(Capacity.Of(MadeUp.Figures(MadeUp.WebSocket) with { KernelKiB = null }, Large));
        Assert.Null(Capacity.Of(MadeUp.Figures(MadeUp.WebSocket, cpuAtRest: 0, cpuAdded: 0, memoryKiB: 0), Large));
    }
}
