namespace Godwit.Rooms;

/// <summary>Which entries of a room its readers are sent.</summary>
public enum Delivery
{
    /// <summary>Every entry, in order.</summary>
    All,

    /// <summary>The newest entry: a reader that is behind skips to it, and is not told of what it skipped.</summary>
    Latest,
}
