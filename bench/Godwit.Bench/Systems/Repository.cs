using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Godwit.Bench.Systems;

/// <summary>The checkout that is measured, and where its programs are built to.</summary>
internal sealed class Repository
{
    private readonly Lazy<(string, string)> _certificate;

    /// <param name="usesBuild">Whether the programs that building the solution has made are used, where there are such, and nothing is published.</param>
    public Repository(bool usesBuild = false)
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Godwit.slnx")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        Root = folder ?? throw new BenchFault("Godwit.slnx is in no folder above the program: run the bench from a checkout.");
        UsesBuild = usesBuild;
        Directory.CreateDirectory(Output("."));
        _certificate = new(MakeCertificate);
    }

    public string Root { get; }

    /// <summary>Whether the programs that building the solution has made are used.</summary>
    public bool UsesBuild { get; }

    /// <summary>A certificate of this run for loopback addresses, and its key: the paths of two files in PEM.</summary>
    public (string Certificate, string Key) Certificate => _certificate.Value;

    /// <summary>The commit, with a mark if the checkout has changes; "unknown" without git.</summary>
    public string Commit => TryRun("git", "-C", Root, "rev-parse", "--short", "HEAD") is not { } commit ? "unknown"
        : TryRun("git", "-C", Root, "status", "--porcelain", "--untracked-files=no") is "" ? commit
        : commit + " with changes";

    /// <summary>A path under artifacts/bench.</summary>
    public string Output(string name) => Path.GetFullPath(Path.Combine(Root, "artifacts", "bench", name));

    /// <summary>Publishes a project's Release build.</summary>
    public void Publish(string project, string name, params string[] settings)
    {
        if (!UsesBuild)
        {
            Run("dotnet", ["publish", Path.Combine(Root, project), "-c", "Release", "-o", Output(name), "--nologo", "-v", "quiet", "-nodeReuse:false", .. settings]);
        }
    }

    /// <summary>The program that <see cref="Publish"/> made.</summary>
    public string Program(string name, string program)
    {
        if (!UsesBuild)
        {
            return Path.Combine(Output(name), program);
        }

        // The last folder of the program that runs says whether it is of the debug or the release build.
        string configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        string project = name switch { "signalr" => "SignalR", "kestrel" => "Kestrel", _ => "Godwit.Server" };
        return Path.Combine(Root, "artifacts", "bin", project, configuration, program == "godwit" ? project : program);
    }

    /// <summary>The version of an npm package in bench/peers; null when it is not installed.</summary>
    public string? PackageVersion(string package)
    {
        string file = Path.Combine(Root, "bench", "peers", "node_modules", package, "package.json");
        if (!File.Exists(file))
        {
            return null;
        }

        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
        return document.RootElement.GetProperty("version").GetString();
    }

    /// <summary>Runs a program to its end and returns what it printed, errors included, without white space around; null when it is not there or fails.</summary>
    public string? TryRun(string program, params string[] arguments)
    {
        try
        {
            (int code, string output, string errors) = Execute(program, arguments);
            return code == 0 ? (output + errors).Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="BenchFault">It failed; the message has its output.</exception>
    public void Run(string program, params string[] arguments)
    {
        (int code, string output, string errors) = Execute(program, arguments);
        if (code != 0)
        {
            throw new BenchFault($"{program} {string.Join(' ', arguments)} failed:\n{output}{errors}");
        }
    }

    private (int Code, string Output, string Errors) Execute(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Root })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }

    private (string, string) MakeCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        (string, string) files = (Output("certificate.pem"), Output("key.pem"));
        File.WriteAllText(files.Item1, certificate.ExportCertificatePem());
        File.WriteAllText(files.Item2, key.ExportPkcs8PrivateKeyPem());
        return files;
    }
}
