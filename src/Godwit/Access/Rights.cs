namespace Godwit.Access;

/// <summary>What a caller may do in a room.</summary>
[Flags]
public enum Rights
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>read</c>: to be sent what is published from now on, and to resume at a position.</summary>
    Read = 1,

    /// <summary><c>publish</c>: to add entries, and to send requests to the application.</summary>
    Publish = 2,

    /// <summary><c>presence</c>: to be a member, and to see who the members are.</summary>
    Presence = 4,

    /// <summary><c>history</c>: beside <see cref="Read"/>, to be given what was published before one came.</summary>
    History = 8,

    /// <summary>Every right there is.</summary>
    All = Read | Publish | Presence | History,
}
