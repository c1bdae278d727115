using System.Text;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access.Origins;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Godwit.Server.Tests.Configuration;

/// <summary>What an application gets that gives <c>AddGodwit</c> settings, good and bad.</summary>
public class OptionsCheckTests
{
    [Fact]
    public void Every_setting_of_the_engine_out_of_its_range_is_named_with_value_and_range_at_once()
    {
        string[] faults = Faults<GodwitOptions>(engine: options =>
        {
            options.LogMemory = 1000;
            options.FeedLinger = TimeSpan.FromSeconds(-1);
            options.MaxWait = TimeSpan.FromMinutes(5);
            options.Heartbeat = TimeSpan.Zero;
            options.StallLimit = TimeSpan.FromHours(1);
            options.Shards = 0;
        });
        Assert.Equal(
            [
                "GodwitOptions.LogMemory is 1000; it takes 1048576 or more.",
                "GodwitOptions.FeedLinger is -00:00:01; it takes 00:00:00 to 01:00:00.",
                "GodwitOptions.MaxWait is 00:05:00; it takes 00:00:01 to 00:02:00.",
                "GodwitOptions.Heartbeat is 00:00:00; it takes 00:00:01 to 00:01:00.",
                "GodwitOptions.StallLimit is 01:00:00; it takes 00:00:01 to 00:10:00.",
                "GodwitOptions.Shards is 0; it takes 1 to 64.",
            ],
            faults);
    }

    [Fact]
    public void Every_setting_of_a_policy_out_of_its_range_is_named_with_the_policy()
    {
        var good = new RoomPolicy { Pattern = RoomPattern.Parse("chat:**") };
        var bad = new RoomPolicy
        {
            Pattern = RoomPattern.Everything,
            Retention = new Retention { Age = TimeSpan.Zero, Bytes = 1, Entries = 0 },
            EntryBytes = (1 << 20) + 1,
            KeyWindow = TimeSpan.FromDays(2),
            RecordAge = TimeSpan.Zero,
        };
        string[] faults = Faults<GodwitOptions>(engine: options => Add(options, good, bad));
        Assert.Equal(
            [
                "GodwitOptions.Policies[1] (**).Retention.Age is 00:00:00; it takes 00:00:01 to 365.00:00:00.",
                "GodwitOptions.Policies[1] (**).Retention.Bytes is 1; it takes 1024 to 1099511627776.",
                "GodwitOptions.Policies[1] (**).Retention.Entries is 0; it takes 1 to 1000000000.",
                "GodwitOptions.Policies[1] (**).EntryBytes is 1048577; it takes 1 to 1048576.",
                "GodwitOptions.Policies[1] (**).KeyWindow is 2.00:00:00; it takes 00:00:01 to 1.00:00:00.",
                "GodwitOptions.Policies[1] (**).RecordAge is 00:00:00; it takes 00:00:01 to 3650.00:00:00.",
            ],
            faults);
    }

    [Fact]
    public void Entries_larger_than_a_packet_are_a_fault_where_only_the_newest_matters()
    {
        string[] faults = Faults<GodwitOptions>(engine: options => Add(
            options,
            new RoomPolicy { Pattern = RoomPattern.Parse("price:**"), Delivery = Delivery.Latest },
            new RoomPolicy { Pattern = RoomPattern.Everything, Delivery = Delivery.Latest, EntryBytes = 2048 }));
        Assert.Equal(["GodwitOptions.Policies[1] (**).EntryBytes is 2048; with Delivery.Latest it takes 1 to 1100."], faults);
    }

    [Fact]
    public void A_retention_age_above_the_record_age_is_no_fault_because_the_record_then_lives_as_long()
    {
        using ServiceProvider services = Services(engine: options =>
            Add(options, new RoomPolicy { Pattern = RoomPattern.Everything, Retention = new Retention { Age = TimeSpan.FromDays(3) } }));
        Assert.Single(services.GetRequiredService<IOptions<GodwitOptions>>().Value.Policies);
    }

    [Fact]
    public void Settings_of_the_endpoints_out_of_their_range_are_named()
    {
        string[] faults = Faults<GodwitHttpOptions>(http: options =>
        {
            options.Anonymous = (AnonymousAccess)7;
            options.BodyBytes = 0;
            options.Origins.Add("https://app.example");
            options.Origins.Add("app.example");
        });
        Assert.Equal(
            [
                "GodwitHttpOptions.Anonymous is 7; it takes LocalRequests or Everyone.",
                "GodwitHttpOptions.BodyBytes is 0; it takes 1024 to 67108864.",
                $"GodwitHttpOptions.Origins[1] is app.example; it takes {OriginPattern.Rule}.",
            ],
            faults);
    }

    [Fact]
    public async Task An_application_with_a_setting_out_of_its_range_does_not_start()
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGodwit(options => options.Shards = 65);
        OptionsValidationException refusal = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            await using WebApplication application = builder.Build();
            await application.StartAsync(TestContext.Current.CancellationToken);
        });
        Assert.Contains("GodwitOptions.Shards is 65", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_applications_own_code_publishes_into_the_rooms_that_clients_read()
    {
        await using ServiceProvider services = Services(engine: options => Add(options, new RoomPolicy { Pattern = RoomPattern.Everything, EntryBytes = 3 }));
        CancellationToken cancel = TestContext.Current.CancellationToken;
        RoomName room = RoomName.Parse("orders");
        RoomPublisher publisher = services.GetRequiredService<RoomPublisher>();
        await publisher.PublishJsonAsync(room, "123"u8, cancel: cancel);
        Assert.Throws<EntryRefusedException>(() => { _ = publisher.PublishJsonAsync(room, "1234"u8, cancel: cancel); });

        LogPage page = await services.GetRequiredService<IBroker>().ReadAsync(room, ReadFrom.Start, new ReadLimits(10, 1000), cancel);
        Assert.Equal("123", Encoding.UTF8.GetString(Assert.Single(page.Entries).Content.Data));
    }

    private static void Add(GodwitOptions options, params RoomPolicy[] policies)
    {
        foreach (RoomPolicy policy in policies)
        {
            options.Policies.Add(policy);
        }
    }

    private static string[] Faults<T>(Action<GodwitOptions>? engine = null, Action<GodwitHttpOptions>? http = null)
        where T : class
    {
        using ServiceProvider services = Services(engine, http);
        return [.. Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<T>>().Value).Failures];
    }

    private static ServiceProvider Services(Action<GodwitOptions>? engine = null, Action<GodwitHttpOptions>? http = null) =>
        new ServiceCollection().AddLogging().AddGodwit(engine, http).BuildServiceProvider();
}
