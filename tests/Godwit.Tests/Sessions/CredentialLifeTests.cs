using System.Text.Json;
using Godwit.Access;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Tests.Feeds;

namespace Godwit.Tests.Sessions;

/// <summary>What becomes of a session when its credential ends, is refreshed, or allows less than before.</summary>
public sealed class CredentialLifeTests : IDisposable
{
    private readonly LiveRooms _rooms = new();
    private readonly Credentials _credentials;

    public CredentialLifeTests()
    {
        _credentials = new Credentials(_rooms);
    }

    public void Dispose() => _rooms.Dispose();

    [Fact]
    public void It_ends_when_the_grace_behind_its_credential_is_over_and_not_before()
    {
        using SessionClient client = Hello("alice 60");
        client.Ask("""{"op":"join","room":"a"}""");

        Advance(client, 84);
        Assert.DoesNotContain(client.Receive(), static frame => SessionClient.Op(frame) is "error" or "close");
        Advance(client, 2);
        List<JsonElement> end = client.Receive();
        Assert.Equal(ErrorCode.TokenExpired.Close, end[^1].GetProperty("code").GetInt32());
    }

    [Fact]
    public void A_refresh_lets_it_go_on()
    {
        using SessionClient client = Hello("alice 60");
        client.Ask("""{"op":"join","room":"a"}""");
        Advance(client, 70);
        client.Receive();

        JsonElement reply = client.Ask("""{"op":"refresh","id":1,"token":"alice 600"}""");

        Assert.Equal(_rooms.Time.GetUtcNow().AddSeconds(600).ToUnixTimeMilliseconds(), reply.GetProperty("expires").GetInt64());
        Advance(client, 500);
        Assert.DoesNotContain(client.Receive(), static frame => SessionClient.Op(frame) is "error" or "close" or "left");
        Assert.Equal("pong", SessionClient.Op(client.Ask("""{"op":"ping"}""")));
    }

    [Fact]
    public void What_a_refreshed_credential_does_not_allow_is_left_with_its_code_and_the_rest_goes_on()
    {
        using SessionClient client = Hello("alice 60 a,b");
        client.Send("""{"op":"join","room":"a"}""");
        client.Send("""{"op":"join","room":"b"}""");

        List<JsonElement> frames = client.Send("""{"op":"refresh","token":"alice 600 b"}""");

        Assert.Equal(["reply", "left"], frames.Select(SessionClient.Op));
        Assert.Equal("a", frames[1].GetProperty("room").GetString());
        Assert.Equal("access.denied", frames[1].GetProperty("code").GetString());
        Assert.Equal(["reply", "entry"], client.Send("""{"op":"publish","room":"b","data":1}""").Select(SessionClient.Op).Order().Reverse());
        Assert.Equal("access.denied", SessionClient.Code(client.Ask("""{"op":"publish","room":"a","data":1}""")));
        Assert.Equal("access.denied", SessionClient.Code(client.Ask("""{"op":"join","room":"a"}""")));
        Assert.Equal("room.not_joined", SessionClient.Code(client.Ask("""{"op":"leave","room":"a"}""")));
    }

    [Fact]
    public void Rooms_that_were_lost_do_not_count_against_the_limit()
    {
        using SessionClient client = Hello("alice 60 a,b", maxRooms: 1);
        client.Send("""{"op":"join","room":"a"}""");
        client.Send("""{"op":"refresh","token":"alice 600 b"}""");

        Assert.Equal("joined", SessionClient.Op(client.Ask("""{"op":"join","room":"b"}""")));
    }

    [Theory]
    [InlineData("bob 600", "credential.other")]
    [InlineData("nonsense", "token.malformed")]
    public void A_refresh_that_is_refused_changes_nothing(string token, string code)
    {
        using SessionClient client = Hello("alice 60");
        client.Send("""{"op":"join","room":"a"}""");

        Assert.Equal(code, SessionClient.Code(client.Ask($$"""{"op":"refresh","token":"{{token}}"}""")));

        Assert.Equal(["reply", "entry"], client.Send("""{"op":"publish","room":"a","data":1}""").Select(SessionClient.Op).Order().Reverse());
        Advance(client, 86);
        Assert.Equal("close", SessionClient.Op(client.Receive()[^1]));
    }

    [Fact]
    public void A_credential_that_ends_sooner_than_the_one_before_is_heeded()
    {
        using SessionClient client = Hello("alice 600");

        client.Ask("""{"op":"refresh","token":"alice 1"}""");

        Advance(client, 27);
        Assert.Equal("close", SessionClient.Op(client.Receive()[^1]));
    }

    private SessionClient Hello(string token, int maxRooms = 128)
    {
        var client = new SessionClient(maxRooms, _rooms, Caller.Nobody, _credentials);
        return client.Hello($$""","token":"{{token}}" """);
    }

    private void Advance(SessionClient client, int seconds)
    {
        for (int i = 0; i < seconds; i++)
        {
            // As a client does that answers pings.
            client.Connection.OnReceived();
            _rooms.Time.Advance(TimeSpan.FromSeconds(1));
            _rooms.Queue.RunAll();
        }
    }

    /// <summary>Takes <c>user seconds rooms</c> for a token.</summary>
    private sealed class Credentials(LiveRooms rooms) : ICredentials
    {
        public bool AreChecked => true;

        public bool TakesAnonymous => false;

        public ValueTask<Identification> IdentifyAsync(PresentedCredential presented, CancellationToken cancel) => new(Identify(presented.Text.Split(' ')));

        private Identification Identify(string[] parts) => parts.Length < 2
            ? new AccessRefusal(ErrorCode.TokenMalformed, "It is none.")
            : new Caller
            {
                Kind = CallerKind.Token,
                User = parts[0],
                Expires = rooms.Time.GetUtcNow().AddSeconds(int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)),
                Grants = parts.Length == 2 ? Grants.Everything : new Grants(parts[2].Split(',').Select(static room => new Grant(RoomPattern.Parse(room), Rights.All))),
            };
    }
}
