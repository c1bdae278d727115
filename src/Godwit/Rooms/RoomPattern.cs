using System.Diagnostics.CodeAnalysis;

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

    /// <summary>Whether a room's name matches, for a credential of this subject.</summary>
    public bool Matches(ReadOnlySpan<char> room, string? user = null) => Matches(_parts, room, user);

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static bool Matches(ReadOnlySpan<string> parts, ReadOnlySpan<char> room, string? user)
    {
        if (parts.IsEmpty)
        {
            return room.IsEmpty;
        }

        switch (parts[0])
        {
            case "**":
                for (int taken = 0; taken <= room.Length; taken++)
                {
                    if (Matches(parts[1..], room[taken..], user))
                    {
                        return true;
                    }
                }

                return false;
            case "*":
                for (int taken = 1; taken <= room.Length && room[taken - 1] != ':'; taken++)
                {
                    if (Matches(parts[1..], room[taken..], user))
                    {
                        return true;
                    }
                }

                return false;
            case UserToken:
                return user is { Length: > 0 } && room.StartsWith(user, StringComparison.Ordinal) && Matches(parts[1..], room[user.Length..], user);
            case var literal:
                return room.StartsWith(literal, StringComparison.Ordinal) && Matches(parts[1..], room[literal.Length..], user);
        }
    }
}
