using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Godwit.Protocol;

/// <summary>The name of a room, compared byte by byte. The part before the first <c>:</c> is its namespace.</summary>
public readonly struct RoomName : IEquatable<RoomName>
{
    /// <summary>The longest name.</summary>
    public const int MaxLength = 200;

    /// <summary>What a name may be, for error messages.</summary>
    public const string Rule = "A room name is 1 to 200 of A-Z a-z 0-9 _ . ~ : @ - and neither '.' nor '..'.";

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~:@-");

    private readonly string? _value;

    private RoomName(string value) => _value = value;

    /// <summary>Makes a name of a text that is known to be one.</summary>
    /// <exception cref="ArgumentException">The text breaks the <see cref="Rule"/>.</exception>
    public static RoomName Parse(string text) =>
        TryParse(text, out RoomName name) ? name : throw new ArgumentException(Rule, nameof(text));

    /// <summary>Makes a name of a text, if it is one.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RoomName name)
    {
        if (text is { Length: > 0 and <= MaxLength } and not ("." or "..") && !text.AsSpan().ContainsAnyExcept(Allowed))
        {
            name = new RoomName(text);
            return true;
        }

        name = default;
        return false;
    }

    /// <inheritdoc/>
    public bool Equals(RoomName other) => string.Equals(_value, other._value, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RoomName other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _value?.GetHashCode() ?? 0;

    /// <inheritdoc/>
    public override string ToString() => _value ?? "";

    /// <summary>Whether two names are the same, byte by byte.</summary>
    public static bool operator ==(RoomName left, RoomName right) => left.Equals(right);

    /// <summary>Whether two names differ.</summary>
    public static bool operator !=(RoomName left, RoomName right) => !left.Equals(right);
}
