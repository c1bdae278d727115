using System.Net;
using System.Net.Sockets;
using Godwit.Server.Probes;
using Godwit.WebRtc;
using Microsoft.Extensions.DependencyInjection;

namespace Godwit.Server.Tests.Transports;

/// <summary>What bad requests get: the same status and code over every transport, never a hang.</summary>
public sealed class RefusalTests(SharedServer shared)
{
    public static TheoryData<Via, string, string> Queries()
    {
        (string Query, string Code)[] queries =
        [
            ("after=17", "position.invalid"),
            ("after=%00", "position.invalid"),
            ("after=AAAAAAAAAAB-01-000000", "position.invalid"),
            ("after=AAAAAAAAAAB-9007199254740992-000000", "position.invalid"),
            ("after=NOW", "position.invalid"),
            ("last=x", "last.invalid"),
            ("last=-1", "last.invalid"),
            ("last=1.5", "last.invalid"),
            ("last=99999999999999999999", "last.invalid"),
            ("limit=0", "limit.invalid"),
            ("limit=x", "limit.invalid"),
            ("limit=1001", "limit.invalid"),
            ("after=now&last=3", "parameter.conflict"),
            ("after=now&after=now", "parameter.repeated"),
            ("last=1&last=2", "parameter.repeated"),
            ("after=", "parameter.empty"),
            ("last=", "parameter.empty"),
        ];
        var data = new TheoryData<Via, string, string>();
        int turn = 0;
        foreach ((string query, string code) in queries)
        {
            foreach (Via via in Over.Turn(turn++).Where(via => !via.Probe().IsSession()))
            {
                data.Add(via, query, code);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task A_parameter_that_does_not_parse_is_400_with_its_code(Via via, string query, string code)
    {
        await using ReaderProbe reader = via.Open(shared.Room() with { Query = query }, ProbeStart.Unsaid);
        ProbeFrame refusal = await reader.RefusalAsync();
        Assert.Equal((400, code), (refusal.Status, refusal.Code));
    }

    [Theory]
    [InlineData("wait=x")]
    [InlineData("wait=-1")]
    [InlineData("wait=NaN")]
    [InlineData("wait=1e3")]
    [InlineData("wait=1,5")]
    public async Task A_wait_that_is_no_number_of_seconds_is_refused(string query)
    {
        await using ReaderProbe reader = Via.ShortPoll.Open(shared.Room() with { Query = query }, ProbeStart.Unsaid);
        ProbeFrame refusal = await reader.RefusalAsync();
        Assert.Equal((400, "wait.invalid"), (refusal.Status, refusal.Code));
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task An_unknown_parameter_is_passed_over(Via via)
    {
        await using ReaderProbe reader = via.Open(shared.Room() with { Query = "colour=blue&colour=" }, ProbeStart.Unsaid);
        await reader.JoinAsync();
    }

    [Theory]
    [MemberData(nameof(Over.RoomUrl), MemberType = typeof(Over))]
    public async Task A_name_that_is_none_is_refused(Via via)
    {
        foreach (string name in (string[])["a%20b", "a%2Fb", "gr%C3%B6sse", new string('x', 201), "a%2Bb", "a%01b", "a%2541"])
        {
            await using ReaderProbe reader = via.Open(shared.Room() with { Room = name }, ProbeStart.Unsaid);
            ProbeFrame refusal = await reader.RefusalAsync();
            Assert.Equal((400, "room.invalid"), (refusal.Status, refusal.Code));
        }
    }

    public static TheoryData<Via, string, string> Strangers()
    {
        (string Header, string Value)[] headers =
        [
            ("X-Forwarded-For", "203.0.113.7"),
            ("X-Forwarded-Host", "localhost"),
            ("X-Forwarded-Proto", "https"),
            ("X-Real-IP", "127.0.0.1"),
            ("Forwarded", "for=127.0.0.1"),
            ("Via", "1.1 proxy"),
            ("Host", "example.com"),
            ("Host", "127.0.0.1.example.com"),
            ("Origin", "https://example.com"),
            ("Origin", "http://localhost.example.com"),
            ("Origin", "null"),
        ];
        var data = new TheoryData<Via, string, string>();
        int turn = 0;
        foreach ((string header, string value) in headers)
        {
            foreach (Via via in Over.Turn(turn++))
            {
                data.Add(via, header, value);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Strangers))]
    public async Task A_request_that_is_not_local_is_refused_while_access_is_not_configured(Via via, string header, string value)
    {
        ProbeTarget target = shared.Room() with { Headers = [new(header, value)] };
        await using ReaderProbe reader = via.Open(target, ProbeStart.Unsaid);
        ProbeFrame refusal = await reader.RefusalAsync();
        Assert.Equal((401, "access.unconfigured"), (refusal.Status, refusal.Code));

        await using var publisher = new HttpPublisher(target);
        PublishOutcome outcome = await publisher.PublishAsync("1", TestContext.Current.CancellationToken);
        Assert.Equal((401, "access.unconfigured"), (outcome.Status, outcome.Code));
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task A_page_of_this_machine_is_answered_whatever_its_port(Via via)
    {
        foreach (string origin in (string[])["http://localhost:5173", "http://127.0.0.1", "https://[::1]:8443"])
        {
            ProbeTarget target = shared.Room() with { Headers = [new("Origin", origin), new("Host", "localhost:80")] };
            await using ReaderProbe reader = via.Open(target, ProbeStart.Unsaid);
            await reader.JoinAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Over.All), MemberType = typeof(Over))]
    public async Task Everyone_is_answered_where_that_is_configured(Via via)
    {
        // Data channels are for requests from this machine, unless a port is set, and where to come to it from outside.
        await using RunningServer server = await RunningServer.StartAsync(
            http: options => options.Anonymous = AspNetCore.AnonymousAccess.Everyone,
            services: static services => services.AddDataChannels(new WebRtcOptions { Port = FreePort.Udp(), Addresses = [IPAddress.Loopback] }));
        ProbeTarget target = server.Room() with { Headers = [new("X-Forwarded-For", "203.0.113.7"), new("Host", "example.com")] };
        await using ReaderProbe reader = via.Open(target, ProbeStart.Unsaid);
        await reader.JoinAsync();
    }
}
