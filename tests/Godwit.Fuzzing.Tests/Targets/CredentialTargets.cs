using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Godwit.Access;
using Godwit.Access.Links;
using Godwit.Access.Tickets;
using Godwit.AspNetCore;
using Godwit.AspNetCore.Access;
using Godwit.AspNetCore.Access.Tokens;
using Godwit.Brokers.Memory;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions;
using Godwit.Sessions.Tokens;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>What callers show of themselves.</summary>
public class CredentialTargets
{
    private static readonly byte[] Secret = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private static readonly byte[][] Dictionary =
    [
        .. Tokens.Texts(
            "\"alg\":\"HS256\",", "\"alg\":\"none\",", "\"alg\":\"RS256\",", "\"alg\":1,", "\"alg\":null,", "\"alg\":[\"HS256\"],", "\"kid\":\"k\",", "\"kid\":{},", "\"typ\":1,", "\"crit\":[\"exp\"],", "\"enc\":\"A128GCM\",", "\"cty\":\"JWT\",", "\"zip\":\"DEF\",", "\"b64\":false,",
            "\"exp\":4102444800,", "\"exp\":1e300,", "\"exp\":-1,", "\"exp\":\"x\",", "\"nbf\":1e19,", "\"iat\":0.5,", "\"sub\":\"ann\",", "\"sub\":\"\\ud800\",", "\"\\ud800\":1,", "\"aud\":[\"a\",1],", "\"iss\":{},", "\"jti\":\"\\ud800\",", "\"godwit\":{\"\\ud800\":[\"read\"]},", "\"godwit\":{\"**\":[\"read\",\"\\ud800\"]},", "\n"),
        .. Tokens.Json,
    ];

    [Fact]
    public async Task Whatever_a_token_says_it_is_a_caller_or_a_refusal_and_only_with_a_signature_a_caller()
    {
        var options = new GodwitHttpOptions();
        options.Access.Secrets.Add(new SharedSecret(Secret));
        IOptions<GodwitHttpOptions> given = Options.Create(options);
        var time = new FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var keys = new KeySets(given, time, NullLogger<KeySets>.Instance);
        await keys.StartAsync(TestContext.Current.CancellationToken);
        var policies = new RoomPolicies([]);
        await using var broker = new MemoryBroker(policies, time, 1L << 20);
        var links = new SignedLinks(new SessionTokens(new SessionOptions(), broker, time), time);
        await using var engine = new GodwitEngine(new GodwitOptions(), broker, time);
        var credentials = new CheckedCredentials(given, policies, keys, new Tickets(broker), links, engine.Orders, time);
        int callers = 0;
        byte[][] seeds =
        [
            .. Tokens.Texts(
                """{"alg":"HS256","typ":"JWT"}""" + "\n" + """{"sub":"ann","exp":1894000000,"iat":1893456000,"nbf":0,"jti":"1","godwit":{"chat:*":["read","publish"]}}""",
                """{"alg":"HS256","kid":"k"}""" + "\n" + """{"sub":"bob","exp":2e9,"aud":["a","b"],"iss":"i","name":{"a":[1,null]}}"""),
        ];
        Campaign.Run("jwt", seeds, Dictionary, (input, random) =>
        {
            int end = Array.IndexOf(input, (byte)'\n');
            end = end < 0 ? input.Length : end;
            string signed = $"{Base64Url.EncodeToString(input.AsSpan(0, end))}.{Base64Url.EncodeToString(input.AsSpan(Math.Min(end + 1, input.Length)))}";
            bool isSigned = random.Below(3) > 0;
            byte[] signature = isSigned ? HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes(signed)) : new byte[random.Below(40)];
            Identification identified = Identify($"{signed}.{Base64Url.EncodeToString(signature)}");
            Assert.True(identified.Caller is null || isSigned);
            callers += identified.Caller is null ? 0 : 1;
            return Behaviour(identified);
        });
        Assert.True(callers > 0, "Not one of the tokens was taken.");

        string whole = Base64Url.EncodeToString("""{"alg":"HS256"}"""u8) + "." + Base64Url.EncodeToString("""{"sub":"ann","exp":1894000000}"""u8);
        whole += "." + Base64Url.EncodeToString(HMACSHA256.HashData(Secret, Encoding.ASCII.GetBytes(whole)));
        Campaign.Run("token text", [Encoding.ASCII.GetBytes(whole), Encoding.ASCII.GetBytes(whole + "=")], [.. Tokens.Texts(".", "..", "...", "=", "A", "_", "-", "gk_"), .. Tokens.Common], (input, _) =>
        {
            string text = Text.Of(input);
            Identification identified = Identify(text);

            // Of the last character of a signature some bits have no meaning.
            Assert.True(identified.Caller is null || (text[..^1] == whole[..^1] && text.Length == whole.Length), $"Taken as a token: {text}");
            return Behaviour(identified);
        });

        Campaign.Run("link", [Encoding.ASCII.GetBytes((await links.SignAsync(RoomName.Parse("lobby"), new Caller { Kind = CallerKind.Token, User = "ann" }, Rights.Read, TimeSpan.FromMinutes(5), TestContext.Current.CancellationToken)).Text)], [.. Tokens.Texts("A", "_", "-", "=", "TA"), .. Tokens.Common], (input, _) =>
        {
            Identification identified = credentials.IdentifyAsync(new PresentedCredential(CredentialKind.Link, Text.Of(input)) { Room = RoomName.Parse("lobby") }, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            Assert.True(identified.Caller is null or { User: "ann", Kind: CallerKind.Link });
            return Behaviour(identified);
        });

        Identification Identify(string text) =>
            credentials.IdentifyAsync(new PresentedCredential(CredentialKind.Token, text), CancellationToken.None).AsTask().GetAwaiter().GetResult();
    }

    [Fact]
    public void A_credential_is_found_in_the_head_of_a_request_or_refused() => Campaign.Run(
        "credential",
        [.. Tokens.Texts("Bearer abc\ngodwit.v1, godwit.bearer.YWJj\n?x=1", "bearer  abc.def \n\n", "Basic eDp5\n\n", "\ngodwit.v1,godwit.bearer.YWJj\n", "\n\n?access_token=x&token=y")],
        [.. Tokens.Texts("Bearer ", "godwit.bearer.", "godwit.v1", "?token=", "&jwt=", "\n", ", "), .. Tokens.Common],
        static (input, _) =>
    {
        string[] lines = Text.Of(input).Split('\n');
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = lines[0];
        context.Request.Headers.SecWebSocketProtocol = lines.Length > 1 ? lines[1] : "";
        context.Request.QueryString = lines.Length > 2 ? new QueryString("?" + lines[2].TrimStart('?')) : default;
        var allowance = Allowance.Begin();
        bool found = RequestCredentials.TryFind(context, out PresentedCredential? presented, out AccessRefusal refusal);
        allowance.Check(input.Length, 16);
        Assert.Equal(found, refusal.Code is null);
        if (presented is { } shown)
        {
            Assert.True(found);
            Assert.NotEqual("", shown.Text);
            Assert.Equal(nameof(CredentialKind.Token), shown.ToString());
        }

        return new Signature().With(refusal.Code?.Code).With(Math.Min(presented?.Text.Length ?? -1, 40));
    });

    private static Signature Behaviour(in Identification identified) => identified.Caller is { } caller
        ? new Signature().With(caller.User).With(caller.TokenId?.Length ?? -1).With(caller.Grants.Items.Count)
        : new Signature().With(identified.Refusal.Code.Code).With(identified.Refusal.Detail);
}
