using Godwit.Protocol;

namespace Godwit.Rooms;

/// <summary>What was to be published is nothing that a room takes; the same publish would be refused again.</summary>
public sealed class EntryRefusedException : ArgumentException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="code">The kind of fault.</param>
    /// <param name="detail">What is wrong this time, and the rule.</param>
    /// <param name="parameter">The argument that is wrong.</param>
    public EntryRefusedException(ErrorCode code, string detail, string parameter)
        : base(detail, parameter) => Code = code;

    /// <summary>The code that a client would get for it: <c>event.</c>…, <c>key.</c>…, <c>data.</c>… or <c>entry.too_large</c>.</summary>
    public ErrorCode Code { get; }
}
