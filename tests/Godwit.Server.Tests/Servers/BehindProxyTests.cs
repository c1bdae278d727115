using System.Globalization;
using Godwit.Redis.Servers;
using Godwit.Server.Probes;
using Godwit.Server.Tests.Processes;
using Godwit.Server.Tests.Proxies;
using Godwit.Server.Tests.Transports;

namespace Godwit.Server.Tests.Servers;

/// <summary>Two servers on one Redis behind HAProxy, as docs/operations configures it: every request goes to the other one than the one before.</summary>
public sealed class BehindProxyTests
{
    private static readonly (string, string)[] Settings = [("GODWIT_proxies__0", "127.0.0.1"), ("GODWIT_allowAnonymous", "true")];

    [Fact]
    public async Task Readers_that_are_cut_and_switch_transport_see_every_entry_once_and_in_order_whichever_server_answers()
    {
        var random = new Random(29);
        await using RedisServer redis = await RedisServer.StartAsync();
        await using GodwitProcess one = await ServerProcesses.ServeAsync(redis.Address, Settings);
        await using GodwitProcess two = await ServerProcesses.ServeAsync(redis.Address, Settings);
        await using Haproxy haproxy = await Haproxy.StartAsync(one.Addresses[0].Authority, two.Addresses[0].Authority);
        Task<List<string>> publishing = Reading.FillAsync(haproxy.Room("lobby"), 300);
        var ledger = new EntryLedger("behind HAProxy");
        ProbeStart start = ProbeStart.Oldest;

        for (int connections = 0; ledger.Next <= 300; connections++)
        {
            Assert.True(connections < 2000, $"The reader does not get on: {haproxy.Errors}");
            ProbeTransport transport = ProbeTransports.OverHttp[random.Next(ProbeTransports.OverHttp.Count)];
            await using ReaderProbe reader = ReaderProbe.Open(transport, haproxy.Room("lobby", http2: random.Next(2) == 1), start);
            for (int frames = random.Next(30); frames >= 0 && ledger.Next <= 300; frames--)
            {
                ledger.Take(await reader.NextAsync(), reader);
            }

            reader.Cut();
            start = reader.Resume;
        }

        Assert.Equal(await publishing, ledger.Positions);
        Assert.True(await StoredAsync(one) > 100);
        Assert.True(await StoredAsync(two) > 100);
    }

    /// <summary>How many entries a server was given to publish.</summary>
    private static async Task<double> StoredAsync(GodwitProcess server)
    {
        using var client = new HttpClient();
        string metrics = await client.GetStringAsync(new Uri(server.Addresses[0], "/metrics"), TestContext.Current.CancellationToken);
        string line = metrics.Split('\n').Single(static line => line.StartsWith("godwit_entries_published_total{", StringComparison.Ordinal) && line.Contains("stored", StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }
}
