namespace Godwit.AspNetCore.Access.Origins;

/// <summary>What the <c>Origin</c> of a request says.</summary>
internal enum OriginStanding
{
    /// <summary>There is none: a program asks, or a page of this server reads with GET.</summary>
    Absent,

    /// <summary>The page may ask, and read the answer.</summary>
    Taken,

    /// <summary>The page is of an origin that is not taken, or no single origin can be read.</summary>
    Foreign,
}
