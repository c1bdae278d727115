namespace Godwit.Access;

/// <summary>How a caller is known.</summary>
public enum CallerKind
{
    /// <summary>It is not: no credential was shown.</summary>
    Anonymous,

    /// <summary>By a token: a JWT.</summary>
    Token,

    /// <summary>By an API key: a backend.</summary>
    ApiKey,

    /// <summary>By a ticket, which is used up.</summary>
    Ticket,

    /// <summary>By a signed link, which reads one room.</summary>
    Link,

    /// <summary>By the application that Godwit is embedded in: its own authentication.</summary>
    Application,
}
