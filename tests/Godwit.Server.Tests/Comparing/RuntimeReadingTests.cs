using Godwit.Server.Comparing.Servers;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Comparing;

/// <summary>What a server's <c>/metrics</c> say of its runtime.</summary>
public sealed class RuntimeReadingTests
{
    [Fact]
    public void The_allocations_of_all_and_the_collections_of_everything_are_read()
    {
        const string Metrics = """
            # TYPE dotnet_gc_collections counter
            dotnet_gc_collections_total{otel_scope_name="System.Runtime",gc_heap_generation="gen0"} 7 1790000000000
            dotnet_gc_collections_total{otel_scope_name="System.Runtime",gc_heap_generation="gen2"} 3 1790000000000
            # TYPE dotnet_gc_heap_total_allocated_bytes counter
            dotnet_gc_heap_total_allocated_bytes_total{otel_scope_name="System.Runtime"} 12345678 1790000000000
            """;

        Assert.Equal(new RuntimeReading(12_345_678, 3), RuntimeReading.Parse(Metrics));
        Assert.Null(RuntimeReading.Parse("# EOF"));
    }

    [Fact]
    public async Task A_server_says_them_as_they_are_read()
    {
        await using GodwitProcess server = await GodwitProcess.ServeAsync(["serve", "--listen", "http://127.0.0.1:0"]);
        using var client = new HttpClient();

        RuntimeReading? reading = RuntimeReading.Parse(await client.GetStringAsync(new Uri(server.Addresses[0], "/metrics"), TestContext.Current.CancellationToken));

        Assert.True(reading is { Allocated: > 100_000 }, reading.ToString());
    }
}
