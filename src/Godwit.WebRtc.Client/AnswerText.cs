using System.Globalization;
using System.Net;
using Godwit.WebRtc.Dtls;

namespace Godwit.WebRtc.Client;

/// <summary>What a client needs of an answer.</summary>
internal sealed record AnswerText(string Fragment, string Password, byte[] Fingerprint, IReadOnlyList<IPEndPoint> Candidates)
{
    /// <summary>Reads an answer; throws where something is missing that a browser would miss.</summary>
    public static AnswerText Parse(string sdp)
    {
        string[] lines = sdp.Split("\r\n");
        if (lines[^1].Length > 0 || !lines.Contains("a=setup:passive") || !lines.Contains("a=ice-lite"))
        {
            throw new FormatException("The answer is not one of ICE-lite that waits for the client.");
        }

        return new AnswerText(
            ValueOf("a=ice-ufrag:"),
            ValueOf("a=ice-pwd:"),
            DtlsFingerprint.Parse(ValueOf("a=fingerprint:sha-256 ")) ?? throw new FormatException("The fingerprint is malformed."),
            [.. lines.Where(static line => line.StartsWith("a=candidate:", StringComparison.Ordinal)).Select(static line => line.Split(' ')).Select(static fields => new IPEndPoint(IPAddress.Parse(fields[4]), int.Parse(fields[5], CultureInfo.InvariantCulture)))]);

        string ValueOf(string name) => lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
    }
}
