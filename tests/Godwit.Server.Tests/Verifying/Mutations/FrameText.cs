using System.Globalization;
using System.Text;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Verifying.Mutations;

/// <summary>The frames that mutations change, as text.</summary>
internal static class FrameText
{
    /// <summary>The JSON of a frame; one that was not changed is as it came.</summary>
    public static string Json(ProbeFrame frame, ProbeFrame original) => ReferenceEquals(frame, original) ? frame.Raw : Json(frame);

    /// <summary>The JSON of a frame.</summary>
    public static string Json(ProbeFrame frame)
    {
        string missing = frame.Missing is { } range ? string.Create(CultureInfo.InvariantCulture, $",\"missing\":{{\"from\":{range.From},\"to\":{range.To}}}") : "";
        return frame.Kind switch
        {
            ProbeFrameKind.Entry => string.Create(CultureInfo.InvariantCulture, $"{{\"op\":\"entry\",\"room\":\"{frame.Room}\",\"position\":\"{frame.Position}\",\"offset\":{frame.Offset},\"event\":\"{frame.Event}\",{Content(frame)},\"time\":{frame.Time ?? 0}}}"),
            ProbeFrameKind.Joined => $"{{\"op\":\"joined\",\"room\":\"{frame.Room}\",\"position\":\"{frame.Position}\",\"verdict\":\"{Verdict(frame)}\"{missing}}}",
            ProbeFrameKind.Gap => $"{{\"op\":\"gap\",\"room\":\"{frame.Room}\",\"position\":\"{frame.Position}\"{missing}}}",
            ProbeFrameKind.Reset => $"{{\"op\":\"reset\",\"room\":\"{frame.Room}\",\"position\":\"{frame.Position}\"}}",
            _ => frame.Raw,
        };
    }

    /// <summary>What an entry holds, as it is written.</summary>
    private static string Content(ProbeFrame frame) => frame.Bytes is { } octets ? $"\"bytes\":\"{Convert.ToBase64String(octets)}\"" : $"\"data\":{frame.Data}";

    /// <summary>The verdict as it is written.</summary>
    public static string Verdict(ProbeFrame frame) => frame.Verdict.ToString()!.ToLowerInvariant();

    /// <summary>The SSE block of a frame at the room's URL.</summary>
    public static string Block(ProbeFrame frame, bool isFirst)
    {
        var text = new StringBuilder(isFirst ? "retry: 2000\n" : "").Append("id: ").Append(frame.Position).Append('\n');
        if (frame.Kind == ProbeFrameKind.Entry)
        {
            text.Append("event: ").Append(frame.Event).Append("\ndata: ").Append(frame.Data).Append('\n');
        }
        else if (frame is not { Kind: ProbeFrameKind.Joined, Verdict: Protocol.Verdict.Ok })
        {
            text.Append("event: godwit\ndata: ").Append(Json(frame)).Append('\n');
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The same entry at another place.</summary>
    public static ProbeFrame Moved(ProbeFrame frame, long offset, string? mark = null, string? epoch = null)
    {
        string[] parts = frame.Position!.Split('-');
        return frame with { Offset = offset, Position = string.Create(CultureInfo.InvariantCulture, $"{epoch ?? parts[0]}-{offset}-{mark ?? parts[2]}") };
    }

    /// <summary>The offset in a frame's position.</summary>
    public static long At(ProbeFrame frame) => ProbeFrameParser.OffsetOf(frame.Position!);
}
