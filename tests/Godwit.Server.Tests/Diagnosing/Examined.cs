using System.Text.Json;
using Godwit.Server.Tests.Commands;
using Godwit.Server.Tests.Tls;

namespace Godwit.Server.Tests.Diagnosing;

/// <summary>What <c>godwit doctor</c> said of a proxy at this machine, which it was to take for that of https://localhost.</summary>
/// <param name="Code">The exit code.</param>
/// <param name="Codes">What was found, each once, in order.</param>
/// <param name="Subjects">What was in order.</param>
/// <param name="Report">All of it.</param>
internal sealed record Examined(int Code, IReadOnlyList<string> Codes, IReadOnlyList<string> Subjects, string Report)
{
    /// <summary>Examines a proxy.</summary>
    public static async Task<Examined> RunAsync(string address, bool trusts = true, int idle = 1, params string[] more)
    {
        CommandRun run = await RunTextAsync(address, trusts, idle, ["--json", .. more]);
        Assert.True(run.Code != 2, run.Errors);
        JsonElement[] findings = [.. JsonDocument.Parse(run.Output).RootElement.GetProperty("findings").EnumerateArray()];
        return new Examined(
            run.Code,
            [.. findings.Where(static finding => finding.TryGetProperty("code", out _)).Select(static finding => finding.GetProperty("code").GetString()!).Distinct().Order(StringComparer.Ordinal)],
            [.. findings.Where(static finding => !finding.TryGetProperty("code", out _)).Select(static finding => finding.GetProperty("subject").GetString()!)],
            run.Output);
    }

    /// <summary>Examines a proxy, for people.</summary>
    public static async Task<CommandRun> RunTextAsync(string address, bool trusts = true, int idle = 1, params string[] more)
    {
        using var folder = new TlsFolder();
        folder.Write(TestCertificate.Local);
        return await CommandRun.RunAsync(["doctor", "https://localhost/rt", "--connect", address, "--idle", $"{idle}s", "--patience", "15s", .. trusts ? (string[])["--cacert", folder.Certificate] : [], .. more]);
    }

    /// <summary>Exactly these were found, and the exit code says whether one of them is a problem.</summary>
    public void AssertFound(string expected)
    {
        Assert.True(expected == string.Join(' ', Codes), Report);
        Assert.Equal(Codes.Any(static code => code is not ("http2.missing" or "header.x-forwarded-proto")) ? 1 : 0, Code);
    }
}
