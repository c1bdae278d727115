using Godwit.Access;
using System.Buffers.Text;
using System.Security.Cryptography;
using CsCheck;
using Godwit.Brokers;
using Godwit.Sessions;
using Godwit.Sessions.Tokens;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Tests.Sessions.Tokens;

/// <summary>Who is known again, for how long, and who is not.</summary>
public sealed class SessionTokensTests
{
    private static readonly TimeSpan Life = TimeSpan.FromHours(24);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(1);

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly KeyStore _store;
    private readonly SessionTokens _tokens;

    public SessionTokensTests()
    {
        _store = new KeyStore(_time);
        _tokens = Server();
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_short_visible_and_needs_no_escaping()
    {
        string token = (await IdentifyAsync(null, "ann")).Token;
        Assert.Matches("^[A-Za-z0-9_-]{1,512}$", token);
        Assert.Equal(token, Uri.EscapeDataString(token));
    }

    [Fact]
    public async Task A_token_names_its_session_and_nobody()
    {
        SessionIdentity ann = await IdentifyAsync(null, "ann");
        Assert.False(ann.Resumed);
        Assert.DoesNotContain("ann", System.Text.Encoding.Latin1.GetString(Base64Url.DecodeFromChars(ann.Token)), StringComparison.Ordinal);
        Assert.Equal(ann with { Resumed = true }, await IdentifyAsync(ann.Token, "ann"));
        Assert.NotEqual(ann.Id, (await IdentifyAsync(null, "ann")).Id);
    }

    [Theory]
    [InlineData("ann", "")]
    [InlineData("", "ann")]
    [InlineData("ann", "Ann")]
    [InlineData("ann", "ann\0")]
    public async Task The_token_of_another_subject_begins_a_new_session(string first, string second)
    {
        SessionIdentity identity = await IdentifyAsync(null, first);
        await AssertNewAsync(_tokens, identity.Token, second, identity.Id);
    }

    [Fact]
    public async Task A_subject_of_any_length_is_bound()
    {
        string subject = new('a', 100_000);
        SessionIdentity identity = await IdentifyAsync(null, subject);
        Assert.True((await IdentifyAsync(identity.Token, subject)).Resumed);
        await AssertNewAsync(_tokens, identity.Token, subject[..^1] + "b", identity.Id);
    }

    [Fact]
    public async Task A_token_with_any_character_changed_begins_a_new_session()
    {
        SessionIdentity identity = await IdentifyAsync(null, "ann");
        Gen.Select(Gen.Int[0, identity.Token.Length - 1], Gen.OneOf(Gen.Char, Gen.Char["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=%+/ \n\0"]))
            .Where((at, other) => identity.Token[at] != other)
            .Sample((at, other) => IsNew($"{identity.Token[..at]}{other}{identity.Token[(at + 1)..]}", "ann", identity.Id));
    }

    [Fact]
    public async Task A_token_with_any_bit_changed_begins_a_new_session()
    {
        SessionIdentity identity = await IdentifyAsync(null, "ann");
        byte[] octets = Base64Url.DecodeFromChars(identity.Token);
        for (int bit = 0; bit < octets.Length * 8; bit++)
        {
            octets[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(IsNew(Base64Url.EncodeToString(octets), "ann", identity.Id), $"bit {bit}");
            octets[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public async Task Any_other_text_begins_a_new_session()
    {
        SessionIdentity identity = await IdentifyAsync(null, "ann");
        foreach (string text in (string[])["", " ", "null", identity.Token + "=", identity.Token + "A", identity.Token[..^1], " " + identity.Token, identity.Token + identity.Token, identity.Token[..46] + "\n" + identity.Token[46..], new string('A', 92), new string('_', 92), new string('=', 92), new string('\uD800', 92), new string('A', 1_000_000)])
        {
            await AssertNewAsync(_tokens, text, "ann", identity.Id);
        }

        Gen.String.Sample(text => IsNew(text, "ann", identity.Id));
    }

    [Fact]
    public async Task White_space_and_padding_do_not_stand_for_octets_of_a_token()
    {
        string token = (await IdentifyAsync(null, "ann")).Token;
        Assert.True(SessionToken.TryParse(token, out _));
        foreach (char filler in " \t\n=%")
        {
            Assert.False(SessionToken.TryParse(token[..^4] + new string(filler, 4), out _));
            Assert.False(SessionToken.TryParse(token[..^1] + filler, out _));
        }
    }

    [Fact]
    public async Task A_token_identifies_until_its_life_is_over()
    {
        SessionIdentity identity = await IdentifyAsync(null, "ann");
        _time.Advance(Life - Moment);
        SessionIdentity last = await IdentifyAsync(identity.Token, "ann");
        Assert.True(last.Resumed);
        Assert.Equal(identity.Id, last.Id);

        _time.Advance(Moment);
        await AssertNewAsync(_tokens, identity.Token, "ann", identity.Id);
        Assert.True((await IdentifyAsync(last.Token, "ann")).Resumed);
    }

    [Fact]
    public async Task A_token_is_handed_back_in_the_first_half_of_its_life_and_renewed_in_the_second()
    {
        var configured = Server(new SharedSecret(new byte[32]));
        SessionIdentity identity = await configured.IdentifyAsync(null, "ann", Cancel);
        _time.Advance(Life / 2);
        Assert.Same(identity.Token, (await configured.IdentifyAsync(identity.Token, "ann", Cancel)).Token);

        _time.Advance(Moment);
        SessionIdentity renewed = await configured.IdentifyAsync(identity.Token, "ann", Cancel);
        Assert.True(renewed.Resumed);
        Assert.Equal(identity.Id, renewed.Id);
        Assert.NotEqual(identity.Token, renewed.Token);

        _time.Advance(Life - Moment);
        Assert.True((await configured.IdentifyAsync(renewed.Token, "ann", Cancel)).Resumed);
    }

    [Fact]
    public async Task A_token_of_a_clock_that_is_a_minute_ahead_is_taken_and_of_one_further_ahead_is_not()
    {
        var ahead = new FakeTimeProvider(_time.GetUtcNow() + SessionTokens.ClockSkew);
        SessionOptions options = Options(new SharedSecret(new byte[32]));
        var other = new SessionTokens(options, _store, ahead);
        var here = new SessionTokens(options, _store, _time);
        SessionIdentity minute = await other.IdentifyAsync(null, "ann", Cancel);
        Assert.True((await here.IdentifyAsync(minute.Token, "ann", Cancel)).Resumed);

        ahead.Advance(Moment);
        SessionIdentity further = await other.IdentifyAsync(null, "ann", Cancel);
        await AssertNewAsync(here, further.Token, "ann", further.Id);
    }

    [Fact]
    public async Task Every_server_of_a_store_knows_a_session_and_one_of_another_store_does_not()
    {
        SessionIdentity identity = await IdentifyAsync(null, "ann");
        Assert.Equal(identity with { Resumed = true }, await Server().IdentifyAsync(identity.Token, "ann", Cancel));
        await AssertNewAsync(new SessionTokens(Options(), new KeyStore(_time), _time), identity.Token, "ann", identity.Id);
    }

    [Fact]
    public async Task Over_any_rotations_a_token_is_taken_for_its_whole_life_by_every_server_and_never_after()
    {
        SessionTokens[] servers = [_tokens, Server(), Server()];
        var random = new Random(7);
        var issued = new List<(SessionIdentity Identity, DateTimeOffset Expires)>();
        for (int step = 0; step < 1500; step++)
        {
            SessionIdentity made = await servers[random.Next(3)].IdentifyAsync(null, "ann", Cancel);
            issued.Add((made, _time.GetUtcNow() + Life));
            SessionTokens server = servers[random.Next(3)];
            foreach ((SessionIdentity identity, DateTimeOffset expires) in issued)
            {
                SessionIdentity known = await server.IdentifyAsync(identity.Token, "ann", Cancel);
                Assert.Equal(_time.GetUtcNow() < expires, known.Resumed);
                Assert.Equal(known.Resumed, known.Id == identity.Id);
            }

            issued.RemoveAll(token => token.Expires < _time.GetUtcNow());
            _time.Advance(random.Next(20) == 0 ? Life * random.NextDouble() : TimeSpan.FromMinutes(random.Next(40)));
        }
    }

    [Fact]
    public async Task Configured_keys_sign_with_the_first_and_verify_with_all_and_ask_no_store()
    {
        var older = new SharedSecret(RandomNumberGenerator.GetBytes(32));
        var newer = new SharedSecret(RandomNumberGenerator.GetBytes(100));
        SessionIdentity identity = await Server(older).IdentifyAsync(null, "ann", Cancel);
        SessionIdentity renewed = await Server(newer, older).IdentifyAsync(identity.Token, "ann", Cancel);
        Assert.True(renewed.Resumed);
        Assert.Equal(identity.Id, renewed.Id);
        Assert.Equal(renewed, await Server(newer).IdentifyAsync(renewed.Token, "ann", Cancel));
        await AssertNewAsync(Server(newer), identity.Token, "ann", identity.Id);
        Assert.Equal(0, _store.Asked);
    }

    [Fact]
    public async Task No_token_is_printed()
    {
        SessionIdentity identity = await IdentifyAsync(null, "ann");
        Assert.DoesNotContain(identity.Token, $"{identity}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_valid_token_is_read_at_once_and_costs_next_to_no_memory()
    {
        string token = (await IdentifyAsync(null, "ann")).Token;
        long allocated = long.MaxValue;
        for (int i = 0; i < 50; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            ValueTask<SessionIdentity> identity = _tokens.IdentifyAsync(token, "ann", Cancel);
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
            Assert.True(identity.IsCompletedSuccessfully);
            Assert.True((await identity).Resumed);
        }

        Assert.InRange(allocated, 0, 256);
    }

    private static SessionOptions Options(params SharedSecret[] secrets)
    {
        var options = new SessionOptions { TokenLife = Life };
        foreach (SharedSecret secret in secrets)
        {
            options.Keys.Add(secret);
        }

        return options;
    }

    private SessionTokens Server(params SharedSecret[] secrets) => new(Options(secrets), _store, _time);

    private async Task<SessionIdentity> IdentifyAsync(string? presented, string subject) => await _tokens.IdentifyAsync(presented, subject, Cancel);

    private static async Task AssertNewAsync(SessionTokens tokens, string presented, string subject, UInt128 before)
    {
        SessionIdentity identity = await tokens.IdentifyAsync(presented, subject, Cancel);
        Assert.False(identity.Resumed);
        Assert.NotEqual(before, identity.Id);
        Assert.NotEqual(presented, identity.Token);
        Assert.True((await tokens.IdentifyAsync(identity.Token, subject, Cancel)).Resumed);
    }

    private bool IsNew(string presented, string subject, UInt128 before)
    {
        ValueTask<SessionIdentity> asked = _tokens.IdentifyAsync(presented, subject, CancellationToken.None);
        SessionIdentity identity = asked.AsTask().GetAwaiter().GetResult();
        return !identity.Resumed && identity.Id != before && identity.Token != presented;
    }
}
