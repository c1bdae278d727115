namespace Godwit.AspNetCore.Requests;

/// <summary>How the body of a publish is taken.</summary>
internal enum BodyKind
{
    /// <summary>As JSON, <c>application/json</c>.</summary>
    Json,

    /// <summary>As a JSON string, <c>text/*</c>.</summary>
    Text,

    /// <summary>As raw octets, <c>application/octet-stream</c>.</summary>
    Octets,
}
