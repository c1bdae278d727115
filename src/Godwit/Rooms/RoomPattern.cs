using System.Diagnostics.CodeAnalysis;
using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>A pattern of room names: literal text, <c>*</c> for one or more characters without <c>:</c>, <c>**</c> for anything, <c>{user}</c> for the credential's subject.</summary>
/// <example><c>chat:*</c> matches <c>chat:lobby</c> but not <c>chat:a:b</c>; <c>chat:**</c> matches both; <c>**</c> matches every room.</example>
public sealed class RoomPattern
{
    /// <summary>What a pattern may be, for error messages.</summary>
    public const string Rule = "A pattern is 1 to 200 of the characters of a room name, with '*' for one or more characters without ':', '**' for anything, and '{user}' for the credential's subject.";

    /// <summary>The pattern that matches every room.</summary>
    public static readonly RoomPattern Everything = Parse("**");

    private const string UserToken = "{user}";

    private readonly string _text;
    private readonly string[] _parts;

    private RoomPattern(string text, string[] parts)
    {
        _text = text;
        _parts = parts;
    }

    /// <summary>Makes a pattern of a text that is known to be one.</summary>
    /// <exception cref="ArgumentException">The text breaks the <see cref="Rule"/>.</exception>
    public static RoomPattern Parse(string text) =>
        TryParse(text, out RoomPattern? pattern) ? pattern : throw new ArgumentException(Rule, nameof(text));

    /// <summary>Makes a pattern of a text, if it is one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out RoomPattern? pattern)
    {
        pattern = null;
        if (text is not { Length: > 0 and <= 200 } || text.Contains("***", StringComparison.Ordinal))
        {
            return false;
        }

        var parts = new List<string>();
        for (int at = 0; at < text.Length;)
        {
            string part = text.AsSpan(at) switch
            {
                ['*', '*', ..] => "**",
                ['*', ..] => "*",
                var rest when rest.StartsWith(UserToken) => UserToken,
                var rest => rest[..Literal(rest)].ToString(),
            };
            if (part.Length == 0)
            {
                return false;
            }

            parts.Add(part);
            at += part.Length;
        }

        pattern = new RoomPattern(text, [.. parts]);
        return true;

        static int Literal(ReadOnlySpan<char> rest)
        {
            int end = rest.IndexOfAny('*', '{');
            ReadOnlySpan<char> literal = end < 0 ? rest : rest[..end];
            foreach (char c in literal)
            {
                if (!char.IsAsciiLetterOrDigit(c) && !"_.~:@-".Contains(c, StringComparison.Ordinal))
                {
                    return 0;
                }
            }

            return literal.Length;
        }
    }

    /// <summary>Whether it has <c>{user}</c>, so that it means other rooms for each subject.</summary>
    internal bool NamesUser => _parts.Contains(UserToken);

    /// <summary>Whether a room's name matches for some subject: <c>{user}</c> is one or more characters then.</summary>
    internal bool MatchesSomeone(ReadOnlySpan<char> room) => Matches(room, null, anyone: true);

    /// <summary>Whether a room's name matches, for a credential of this subject. The time is at most proportional to the lengths of name and pattern multiplied.</summary>
    /// <param name="room">The name.</param>
    /// <param name="user">The credential's subject; without one a pattern with <c>{user}</c> matches nothing.</param>
    public bool Matches(ReadOnlySpan<char> room, string? user = null) => Matches(room, user, anyone: false);

    private bool Matches(ReadOnlySpan<char> room, string? user, bool anyone)
    {
        // reached[i]: the parts so far can match the first i characters.
        Span<bool> reached = room.Length <= RoomName.MaxLength ? stackalloc bool[RoomName.MaxLength + 1] : new bool[room.Length + 1];
        reached = reached[..(room.Length + 1)];
        reached.Clear();
        reached[0] = true;
        foreach (string part in _parts)
        {
            switch (part)
            {
                case "**":
                    int first = reached.IndexOf(true);
                    if (first >= 0)
                    {
                        reached[first..].Fill(true);
                    }

                    break;
                case "*":
                    TakeSegment(reached, room);
                    break;
                case UserToken when anyone:
                    int before = reached.IndexOf(true);
                    reached.Clear();
                    if (before >= 0 && before < reached.Length - 1)
                    {
                        reached[(before + 1)..].Fill(true);
                    }

                    break;
                case UserToken:
                    TakeText(reached, room, user);
                    break;
                default:
                    TakeText(reached, room, part);
                    break;
            }
        }

        return reached[^1];
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static void TakeSegment(Span<bool> reached, ReadOnlySpan<char> room)
    {
        bool within = false;
        for (int at = 0; at < reached.Length; at++)
        {
            bool began = reached[at];
            reached[at] = within;
            within = (within || began) && at < room.Length && room[at] != ':';
        }
    }

    private static void TakeText(Span<bool> reached, ReadOnlySpan<char> room, string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            reached.Clear();
            return;
        }

        for (int at = reached.Length - 1; at >= 0; at--)
        {
            int from = at - text.Length;
            reached[at] = from >= 0 && reached[from] && room[from..at].SequenceEqual(text);
        }
    }
}
