namespace Godwit.Server.Publishing;

/// <summary>How lines and arguments are to be understood.</summary>
internal enum DraftForm
{
    /// <summary>A JSON object or array is published as such, anything else as text.</summary>
    Guessed,

    /// <summary>Each is text: the entry's data is a string.</summary>
    Text,

    /// <summary>Each is JSON: the entry's data.</summary>
    Json,

    /// <summary>Each is an object with the fields of a publish: <c>data</c> or <c>bytes</c>, and perhaps <c>event</c> and <c>key</c>.</summary>
    Ndjson,
}
