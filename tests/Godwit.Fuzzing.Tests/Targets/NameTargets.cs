using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Godwit.Access;
using Godwit.Brokers;
using Godwit.Fuzzing.Tests.Mutation;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Tokens;

namespace Godwit.Fuzzing.Tests.Targets;

/// <summary>The short texts of the contract: each is taken exactly where its rule says, and written as it was read.</summary>
public partial class NameTargets
{
    [Fact]
    public void A_position_has_one_text() => Campaign.Run("position", [.. Tokens.Texts("3kQ9xLm0aZ_-42-03fK9a", "AAAAAAAAAAA-0-000000", "~~~~~~~~~~~-9007199254740991-3~~~~~")], Tokens.Common, static (input, _) =>
    {
        string text = Text.Of(input);
        var allowance = Allowance.Begin();
        bool taken = Position.TryParse(text, out Position position);
        bool takenOctets = Position.TryParse(Encoding.UTF8.GetBytes(text), out Position same);
        allowance.Check(input.Length, 8);
        Assert.Equal((taken, position), (takenOctets, same));
        if (taken)
        {
            Assert.Equal(text, position.ToString());
            Assert.InRange(position.Offset, 0, Position.MaxOffset);
        }

        return new Signature().With(taken ? 1 : 0).With(Math.Min(text.Length, 40));
    });

    [Fact]
    public void The_name_of_a_room_follows_its_rule() => Campaign.Run("room", [.. Tokens.Texts("lobby", "chat:a:b", "user:~_.@-", ".", "..", new string('x', 200))], Tokens.Common, static (input, _) =>
    {
        string text = Text.Of(input);
        bool taken = RoomName.TryParse(text, out RoomName room);
        Assert.Equal(RoomRule().IsMatch(text) && text is not ("." or ".."), taken);
        Assert.Equal(taken ? text : "", room.ToString());
        return new Signature().With(taken ? 1 : 0).With(Math.Min(text.Length, 202));
    });

    [Fact]
    public void Event_names_and_keys_follow_their_rules() => Campaign.Run("event", [.. Tokens.Texts("message", "a.b:c-d_e", "godwit", "0123456789abcdef012345", new string('k', 128))], Tokens.Common, static (input, _) =>
    {
        string text = Text.Of(input);
        ErrorCode? name = EventName.Check(text);
        ErrorCode? key = IdempotencyKey.Check(text, anonymous: false);
        ErrorCode? weak = IdempotencyKey.Check(text, anonymous: true);
        Assert.Equal(EventRule().IsMatch(text) && text is not ("godwit" or "error" or "open"), name is null);
        Assert.Equal(KeyRule().IsMatch(text), key is null);
        Assert.Equal(key is null && text.Length >= 22, weak is null);
        return new Signature().With(name?.Code).With(key?.Code).With(weak?.Code).With(Math.Min(text.Length, 130));
    });

    [Fact]
    public void A_pattern_matches_what_its_expression_matches() => Campaign.Run(
        "pattern",
        [.. Tokens.Texts("chat:*\nchat:lobby\nann", "user:{user}\nuser:ann\nann", "**\nx\n", "*:**:*\na:b:c:d\n", "a*b**c{user}d\naxbyczannd\nann", "{user}{user}\nannann\nann")],
        [.. Tokens.Texts("*", "**", "***", "{user}", "{", "}", ":", "ann", "a", "\n"), .. Tokens.Common],
        static (input, _) =>
    {
        string[] lines = Text.Of(input).Split('\n');
        string room = lines.Length > 1 ? lines[1] : "";
        string user = lines.Length > 2 ? lines[2] : "";
        if (!RoomPattern.TryParse(lines[0], out RoomPattern? pattern))
        {
            return new Signature().With(Math.Min(lines[0].Length, 202));
        }

        Assert.Equal(lines[0], pattern.ToString());
        var allowance = Allowance.Begin();
        bool matches = pattern.Matches(room, user);
        bool matchesSomeone = pattern.MatchesSomeone(room);
        allowance.Check(input.Length, 4);
        if (lines[0].Length <= 60 && user.Length <= 60 && room.Length <= 200)
        {
            Assert.Equal((user.Length > 0 || !lines[0].Contains("{user}", StringComparison.Ordinal)) && Expression(lines[0], Regex.Escape(user)).IsMatch(room), matches);
            Assert.Equal(Expression(lines[0], ".+").IsMatch(room), matchesSomeone);
        }

        return new Signature().With(matches ? 1 : 0).With(lines[0].Count(c => c == '*')).With(lines[0].Count(c => c == '{')).With(Math.Min(room.Length, 50));

        static Regex Expression(string pattern, string user) => new(
            "\\A" + string.Concat(Parts().Matches(pattern).Select(part => part.Value switch { "**" => ".*", "*" => "[^:]+", "{user}" => user, var literal => Regex.Escape(literal) })) + "\\z",
            RegexOptions.Singleline | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    });

    [Fact]
    public void No_changed_session_token_is_genuine()
    {
        var key = new SigningKey(7, new byte[32]);
        string[] made =
        [
            new SessionToken(7, 0x0123456789ABCDEF, 1_900_000_000_000, 1_900_086_400_000).ToText("ann", key),
            new SessionToken(8, UInt128.MaxValue, 0, (1L << 48) - 1).ToText("", key),
            new SessionToken(7, 1, 2, 3).ToText(new string('é', 600), key),
        ];
        Campaign.Run("session token", [.. Tokens.Texts(made)], [.. Tokens.Texts("A", "_", "-", "=", "=="), .. Tokens.Common], (input, _) =>
        {
            string text = Text.Of(input);
            var allowance = Allowance.Begin();
            bool taken = SessionToken.TryParse(text, out SessionToken token);
            bool genuine = SessionToken.IsGenuine(text, "ann", key);
            allowance.Check(input.Length, 0);
            Assert.Equal(text == made[0], genuine);
            Assert.True(taken || !genuine);
            return new Signature().With(taken ? 1 : 0).With(Math.Min(text.Length, 100)).With((long)token.KeyId);
        });
    }

    [Fact]
    public void Grants_are_written_as_they_were_read() => Campaign.Run(
        "grants",
        [.. Tokens.Texts("""{"chat:*":["read","publish"],"user:{user}":["read"]}""", """{"**":["read","publish","presence","history"]}""", "{}", """{"a":[]}""")],
        [.. Tokens.Texts("\"read\"", "\"history\"", "\"\\ud800\"", "\"\\ud800\":[],", "\"chat:*\":[\"read\"],", "{user}", "**"), .. Tokens.Json],
        static (input, _) =>
    {
        if (!JsonTargets.IsJson(input))
        {
            return new Signature();
        }

        using JsonDocument json = JsonDocument.Parse(input);
        var allowance = Allowance.Begin();
        bool taken = Grants.TryRead(json.RootElement, out Grants? grants, out string? wrong);
        allowance.Check(input.Length, 64);
        if (!taken)
        {
            return new Signature().With(wrong);
        }

        byte[] written = Write(grants!);
        using JsonDocument again = JsonDocument.Parse(written);
        Assert.True(Grants.TryRead(again.RootElement, out Grants? same, out string? _));
        Assert.Equal(written, Write(same!));
        RoomName room = RoomName.Parse("chat:lobby");
        Assert.Equal(grants!.In(room, "ann"), same!.In(room, "ann"));
        return new Signature().With(grants.Items.Count).With((int)grants.In(room, "ann"));
    });

    private static byte[] Write(Grants grants)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            grants.WriteTo(json);
        }

        return buffer.WrittenSpan.ToArray();
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.~:@-]{1,200}\z", RegexOptions.CultureInvariant)]
    private static partial Regex RoomRule();

    [GeneratedRegex(@"\A[A-Za-z0-9_.:-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex EventRule();

    [GeneratedRegex(@"\A[!-~]{1,128}\z", RegexOptions.CultureInvariant)]
    private static partial Regex KeyRule();

    [GeneratedRegex(@"\*\*|\*|\{user\}|[^*{]+", RegexOptions.CultureInvariant)]
    private static partial Regex Parts();
}
