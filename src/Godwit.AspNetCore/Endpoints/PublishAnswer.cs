using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.AspNetCore.Endpoints;

/// <summary>The JSON object that answers a publish: <c>{"position":"…","duplicate":false}</c>.</summary>
internal static class PublishAnswer
{
    /// <summary>The most octets that one takes.</summary>
    public const int MaxLength = 40 + Position.MaxTextLength;

    /// <summary>Writes the answer to an append that was not refused.</summary>
    /// <param name="appended">How the append ended.</param>
    /// <param name="destination">At least <see cref="MaxLength"/> octets.</param>
    /// <returns>How many octets it took.</returns>
    public static int Write(in Appended appended, Span<byte> destination)
    {
        ReadOnlySpan<byte> start = "{\"position\":\""u8;
        ReadOnlySpan<byte> end = appended.Outcome == AppendOutcome.Duplicate ? "\",\"duplicate\":true}"u8 : "\",\"duplicate\":false}"u8;
        start.CopyTo(destination);
        int length = start.Length + appended.Position.WriteUtf8(destination[start.Length..]);
        end.CopyTo(destination[length..]);
        return length + end.Length;
    }
}
