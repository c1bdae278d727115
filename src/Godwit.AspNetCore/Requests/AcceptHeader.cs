using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Requests;

/// <summary>Chooses among event stream, NDJSON and JSON by <c>Accept</c> (RFC 9110 §12.5.1).</summary>
/// <remarks>
/// A stream is answered only to clients that name its media type: a browser's <c>*/*</c> must not begin one. Elements
/// that are no media ranges are passed over.
/// </remarks>
internal static class AcceptHeader
{
    /// <summary>The media types that a room is read in, for error messages.</summary>
    public static readonly string[] MediaTypes = ["application/json", "text/event-stream", "application/x-ndjson"];

    private const string EventStream = "text/event-stream";
    private const string Ndjson = "application/x-ndjson";

    // The ranges that a JSON answer matches; the most specific one that is given decides.
    private static readonly string[] JsonRanges = ["*/*", "application/*", "application/json"];

    /// <summary>The transport that the header asks for; null for 406.</summary>
    /// <param name="accept">All lines of the header; without any, everything is accepted.</param>
    /// <param name="takesLines">Whether NDJSON is among the representations.</param>
    public static TransportKind? Choose(StringValues accept, bool takesLines = true)
    {
        if (accept.Count == 0)
        {
            return TransportKind.Polling;
        }

        if (accept.Count == 1)
        {
            // What curl, fetch and EventSource send.
            switch (accept[0])
            {
                case null or "" or "*/*" or "application/json":
                    return TransportKind.Polling;
                case EventStream:
                    return TransportKind.ServerSentEvents;
                case Ndjson when takesLines:
                    return TransportKind.HttpStreaming;
            }
        }

        return Weigh(accept, takesLines);
    }

    private static TransportKind? Weigh(StringValues accept, bool takesLines)
    {
        bool any = false, events = false, lines = false, json = false;
        int specificity = -1;
        foreach (string? line in accept)
        {
            for (ReadOnlySpan<char> rest = line; !rest.IsEmpty;)
            {
                ReadOnlySpan<char> element = Take(ref rest, ',');
                ReadOnlySpan<char> range = Take(ref element, ';').Trim(" \t");
                any |= !range.IsEmpty;
                if (range.IsEmpty || !TryReadWeight(element, out bool accepted))
                {
                    continue;
                }

                events |= accepted && range.Equals(EventStream, StringComparison.OrdinalIgnoreCase);
                lines |= accepted && range.Equals(Ndjson, StringComparison.OrdinalIgnoreCase);
                for (int i = Math.Max(0, specificity); i < JsonRanges.Length; i++)
                {
                    if (range.Equals(JsonRanges[i], StringComparison.OrdinalIgnoreCase))
                    {
                        json = accepted || (i == specificity && json);
                        specificity = i;
                    }
                }
            }
        }

        return events ? TransportKind.ServerSentEvents
            : lines && takesLines ? TransportKind.HttpStreaming
            : json || !any ? TransportKind.Polling
            : null;
    }

    /// <summary>Cuts the part before a separator off; separators inside quoted strings are none.</summary>
    private static ReadOnlySpan<char> Take(ref ReadOnlySpan<char> rest, char separator)
    {
        bool quoted = false;
        for (int i = 0; i < rest.Length; i++)
        {
            char c = rest[i];
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == '\\' && quoted)
            {
                i++;
            }
            else if (c == separator && !quoted)
            {
                ReadOnlySpan<char> part = rest[..i];
                rest = rest[(i + 1)..];
                return part;
            }
        }

        ReadOnlySpan<char> last = rest;
        rest = default;
        return last;
    }

    /// <summary>Reads <c>q</c>, 1 where it is not given; false if it is no weight.</summary>
    private static bool TryReadWeight(ReadOnlySpan<char> parameters, out bool accepted)
    {
        accepted = true;
        while (!parameters.IsEmpty)
        {
            ReadOnlySpan<char> parameter = Take(ref parameters, ';').Trim(" \t");
            if (parameter is not ['q' or 'Q', '=', .. var weight])
            {
                continue;
            }

            if (weight is not (['0' or '1'] or ['0' or '1', '.', ..]) || weight.Length > 5 || weight[^1] == '\0'
                || !double.TryParse(weight, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double q) || q > 1)
            {
                return false;
            }

            accepted = q > 0;
        }

        return true;
    }
}
