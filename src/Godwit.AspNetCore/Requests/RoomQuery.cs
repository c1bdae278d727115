using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using Godwit.AspNetCore.Problems;
using Godwit.Brokers;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Requests;

/// <summary>Reads what a GET of a room asks for out of its query and of <c>Last-Event-ID</c>.</summary>
internal static class RoomQuery
{
    private static readonly string[] Names = ["after", "last", "before", "wait", "limit", "grant", "full", "text"];

    private const int Flags = 2;

    [InlineArray(8)]
    private struct Values
    {
        private string? _first;
    }

    /// <summary>Reads the request, or says what is wrong with it.</summary>
    /// <param name="request">The HTTP request.</param>
    /// <param name="room">The room of its path.</param>
    /// <param name="transport">How it is to be answered.</param>
    /// <param name="maxWait">What <c>wait</c> is cut to.</param>
    /// <param name="asked">What it asks for.</param>
    /// <param name="problem">What is wrong, where <paramref name="asked"/> is null.</param>
    public static bool TryRead(HttpRequest request, RoomName room, TransportKind transport, TimeSpan maxWait, [NotNullWhen(true)] out RoomRequest? asked, out Problem problem)
    {
        asked = null;
        Values values = default;
        if (!QueryParameters.TryRead(request.QueryString, Names, Flags, values, out problem))
        {
            return false;
        }

        (string? after, string? last, string? before, string? wait, string? limit) = (values[0], values[1], values[2], values[3], values[4]);
        bool polls = transport == TransportKind.Polling;
        TimeSpan? held = null;
        int most = RoomRequest.DefaultLimit;
        ReadFrom? from = null;
        if (!TryReadWait(wait, maxWait, ref held, out problem)
            || !TryReadCount(limit, "limit", ErrorCode.LimitInvalid, ref most, out problem)
            || !TryReadFlag(values[6], "full", out bool full, out problem)
            || !TryReadFlag(values[7], "text", out bool text, out problem)
            || !TryReadFrom(after, last, before, ref from, out problem))
        {
            return false;
        }

        if (before is not null && (wait is not null || !polls))
        {
            problem = Conflict(polls ? "'before' asks for what is there already: it excludes 'wait'." : "'before' is for polls: it excludes streams and WebSocket.");
            return false;
        }

        if (transport == TransportKind.ServerSentEvents && !TryReadLastEventId(request.Headers["Last-Event-ID"], ref from, out problem))
        {
            return false;
        }

        asked = new RoomRequest
        {
            Room = room,
            Transport = transport,
            BeginsAnywhere = from is null,
            From = from ?? (polls && wait is null ? ReadFrom.Last(most) : ReadFrom.Now),
            Limit = most,
            Wait = polls ? held : null,
            Full = full,
            Text = text,
            LinkParameters = Repeated("&limit=", limit) + Repeated("&wait=", wait) + Repeated("&grant=", values[5]),
        };
        return true;
    }

    private static string Repeated(string start, string? value) => value is null ? "" : start + value;

    private static bool TryReadFrom(string? after, string? last, string? before, ref ReadFrom? from, out Problem problem)
    {
        problem = default;
        if (after is not null && last is not null)
        {
            problem = Conflict("'after' and 'last' both say where to begin: give one of them.");
            return false;
        }

        if (before is not null)
        {
            if (after is not null || last is not null)
            {
                problem = Conflict("'before' reads backwards: it excludes 'after' and 'last'.");
                return false;
            }

            return TryReadPosition(before, "before", out Position position, out problem) && Begin(ReadFrom.Before(position), ref from);
        }

        if (last is not null)
        {
            int count = 0;
            return TryReadCount(last, "last", ErrorCode.LastInvalid, ref count, out problem) && Begin(ReadFrom.Last(count), ref from);
        }

        switch (after)
        {
            case null:
                return true;
            case "now":
                return Begin(ReadFrom.Now, ref from);
            case "start":
                return Begin(ReadFrom.Start, ref from);
            default:
                return TryReadPosition(after, "after", out Position position, out problem) && Begin(ReadFrom.After(position), ref from);
        }

        static bool Begin(ReadFrom with, ref ReadFrom? from)
        {
            from = with;
            return true;
        }
    }

    private static bool TryReadLastEventId(StringValues lines, ref ReadFrom? from, out Problem problem)
    {
        problem = default;
        if (lines.Count == 0 || (lines.Count == 1 && string.IsNullOrEmpty(lines[0])))
        {
            return true;
        }

        if (lines.Count > 1)
        {
            problem = new Problem(ErrorCode.PositionInvalid, "Last-Event-ID may be given once.");
            return false;
        }

        if (!TryReadPosition(lines[0], "Last-Event-ID", out Position position, out problem))
        {
            return false;
        }

        from = ReadFrom.After(position);
        return true;
    }

    private static bool TryReadPosition(string? text, string name, out Position position, out Problem problem)
    {
        problem = default;
        if (Position.TryParse(text, out position))
        {
            return true;
        }

        string others = name == "after" ? " 'after' also takes 'now' and 'start'." : "";
        problem = new Problem(ErrorCode.PositionInvalid, $"{name} is not a position. {Position.Rule}{others}");
        return false;
    }

    private static bool TryReadCount(string? text, string name, ErrorCode code, ref int count, out Problem problem)
    {
        problem = default;
        if (text is null)
        {
            return true;
        }

        // The platform passes over NULs behind a number, and the text goes into links.
        if (!text.EndsWith('\0') && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int read) && read is >= 1 and <= RoomRequest.MaxLimit)
        {
            count = read;
            return true;
        }

        problem = new Problem(code, $"'{name}' is a number of entries, 1 to 1000.");
        return false;
    }

    private static bool TryReadWait(string? text, TimeSpan maxWait, ref TimeSpan? wait, out Problem problem)
    {
        problem = default;
        if (text is null)
        {
            return true;
        }

        if (char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1])
            && double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds))
        {
            wait = seconds < maxWait.TotalSeconds ? TimeSpan.FromSeconds(seconds) : maxWait;
            return true;
        }

        problem = new Problem(ErrorCode.WaitInvalid, $"'wait' is a number of seconds, 0 or more, decimals allowed; above {maxWait.TotalSeconds:0.###} it is cut to that.");
        return false;
    }

    private static bool TryReadFlag(string? text, string name, out bool flag, out Problem problem)
    {
        problem = default;
        flag = text is "" or "1" or "true";
        if (flag || text is null or "0" or "false")
        {
            return true;
        }

        problem = new Problem(ErrorCode.ParameterInvalid, $"'{name}' stands alone, or is 1, true, 0 or false.");
        return false;
    }

    private static Problem Conflict(string detail) => new(ErrorCode.ParameterConflict, detail);
}
