using System.Buffers;

namespace Godwit.Protocol;

/// <summary>What an entry is about: the <c>event</c> of a publish, and the type of the event that an EventSource sees.</summary>
public static class EventName
{
    /// <summary>The event of an entry that names none.</summary>
    public const string Default = "message";

    /// <summary>The longest event name.</summary>
    public const int MaxLength = 64;

    /// <summary>What an event name may be, for error messages.</summary>
    public const string Rule = "An event name is 1 to 64 of A-Z a-z 0-9 _ . : -";

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-");

    /// <summary>Whether a text may be the event of an entry; if not, why.</summary>
    public static ErrorCode? Check(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxLength || text.ContainsAnyExcept(Allowed))
        {
            return ErrorCode.EventInvalid;
        }

        // An EventSource could not tell these from Godwit's own frames and from its own state changes.
        return text is "godwit" or "error" or "open" ? ErrorCode.EventReserved : null;
    }
}
