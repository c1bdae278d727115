namespace Godwit.Rooms;

/// <summary>Which entries of a room a reader is given.</summary>
public enum Delivery
{
    /// <summary>Every entry, in order.</summary>
    All,

    /// <summary>The newest entry, as soon as the client takes it: what became older meanwhile is skipped, without a <c>gap</c>.</summary>
    Latest,
}
