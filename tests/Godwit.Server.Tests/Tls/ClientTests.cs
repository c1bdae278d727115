using System.Diagnostics;
using Godwit.Server.Tests.Processes;

namespace Godwit.Server.Tests.Tls;

/// <summary>Other people's clients against the program.</summary>
public sealed class ClientTests : IDisposable
{
    private readonly TlsFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Curl_speaks_HTTP_2_and_HTTP_1_over_TLS_and_HTTP_2_in_clear_text()
    {
        await using GodwitProcess godwit = await ServeAsync();
        string tls = Room(godwit, 0);
        string clear = Room(godwit, 1);

        Assert.EndsWith("2 201", await RunAsync("curl", "-sS", "--http2", "--cacert", _folder.Certificate, "-H", "Content-Type: application/json", "-d", "{\"text\":\"hi\"}", "-w", "%{http_version} %{http_code}", tls), StringComparison.Ordinal);
        Assert.EndsWith("1.1 200", await RunAsync("curl", "-sS", "--http1.1", "--cacert", _folder.Certificate, "-w", "%{http_version} %{http_code}", tls), StringComparison.Ordinal);
        string answer = await RunAsync("curl", "-sS", "--http2-prior-knowledge", "-w", "%{http_version} %{http_code}", clear);
        Assert.EndsWith("2 200", answer, StringComparison.Ordinal);
        Assert.Contains("{\"text\":\"hi\"}", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Openssl_agrees_on_h2_and_verifies_the_certificate()
    {
        await using GodwitProcess godwit = await ServeAsync();

        string report = await RunAsync("openssl", "s_client", "-connect", $"localhost:{godwit.Addresses[0].Port}", "-servername", "localhost", "-alpn", "h2", "-CAfile", _folder.Certificate, "-verify_return_error");

        Assert.Contains("ALPN protocol: h2", report, StringComparison.Ordinal);
        Assert.Contains("Verification: OK", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Openssl_gets_no_TLS_before_1_2()
    {
        await using GodwitProcess godwit = await ServeAsync();

        string report = await RunAsync("openssl", "s_client", "-connect", $"localhost:{godwit.Addresses[0].Port}", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0");

        Assert.Contains("Cipher is (NONE)", report, StringComparison.Ordinal);
        Assert.Contains("no peer certificate available", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Node_fetches_and_streams_over_https()
    {
        await using GodwitProcess godwit = await ServeAsync();
        const string script = """
            const url = process.argv[1];
            const stream = await fetch(url + "?after=start", { headers: { accept: "application/x-ndjson" } });
            await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: "{\"text\":\"hi\"}" });
            let text = "";
            for await (const octets of stream.body) {
              text += new TextDecoder().decode(octets);
              if (text.includes("\"entry\"") && text.endsWith("\n")) { console.log(text); process.exit(0); }
            }
            """;

        string report = await RunAsync("node", new Dictionary<string, string> { ["NODE_EXTRA_CA_CERTS"] = _folder.Certificate }, "--input-type=module", "-e", script, Room(godwit, 0));

        Assert.Contains("\"data\":{\"text\":\"hi\"}", report, StringComparison.Ordinal);
    }

    private Task<GodwitProcess> ServeAsync() => GodwitProcess.ServeAsync(["--listen", "https://localhost:0", "--listen", "h2c://localhost:0", .. _folder.Flags]);

    private static string Room(GodwitProcess godwit, int address) => $"{(address == 0 ? "https" : "http")}://localhost:{godwit.Addresses[address].Port}/rt/rooms/lobby";

    private static Task<string> RunAsync(string program, params string[] args) => RunAsync(program, new Dictionary<string, string>(), args);

    private static async Task<string> RunAsync(string program, Dictionary<string, string> variables, params string[] args)
    {
        bool present = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));
        Assert.SkipUnless(present, $"There is no {program} on this machine.");
        var start = new ProcessStartInfo(program, args) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in variables)
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(patience.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            string text = (await output).TrimEnd();
            return text.Length > 0 ? text : await errors;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }
}
