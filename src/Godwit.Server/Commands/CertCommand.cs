using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Server.Configuration;
using Godwit.Server.Tls;

namespace Godwit.Server.Commands;

/// <summary><c>godwit cert</c>: makes a certificate for development.</summary>
internal static class CertCommand
{
    private const string CertificateFile = "cert.pem";
    private const string KeyFile = "key.pem";
    private const int LongestHost = 253;

    public static Command Create()
    {
        var hosts = new Option<string[]>("--host")
        {
            Description = "Another name or address that the certificate is for, beside localhost, 127.0.0.1 and ::1. Repeatable.",
            HelpName = "NAME",
            DefaultValueFactory = _ => [],
        };
        var days = new Option<int>("--days")
        {
            Description = $"How long it is valid, 1 to {DevelopmentCertificate.MaxDays} days.",
            HelpName = "DAYS",
            DefaultValueFactory = _ => DevelopmentCertificate.DefaultDays,
        };
        var directory = new Option<string>("--out")
        {
            Description = $"The directory to write {CertificateFile} and {KeyFile} into; it is made if it is not there.",
            HelpName = "DIR",
            DefaultValueFactory = _ => ".",
        };
        var force = new Option<bool>("--force") { Description = "Overwrite files that are there." };
        hosts.Validators.Add(result =>
        {
            foreach (string host in result.Tokens.Select(token => token.Value).Where(host => !IsHost(host)))
            {
                result.AddError($"--host: {Fault.Quote(host)} is neither a host name nor an IP address.");
            }
        });
        days.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && (!int.TryParse(text, out int number) || number is < 1 or > DevelopmentCertificate.MaxDays))
            {
                result.AddError($"--days: {Fault.Quote(text)} is not a number from 1 to {DevelopmentCertificate.MaxDays}, the longest that browsers take.");
            }
        });
        var command = new Command("cert", "Make a certificate for development, which signs itself, and its key.") { hosts, days, directory, force };
        command.SetAction((parsed, _) => RunAsync(
            parsed.GetValue(hosts)!,
            parsed.GetValue(days),
            parsed.GetValue(directory)!,
            parsed.GetValue(force),
            parsed.InvocationConfiguration.Output,
            parsed.InvocationConfiguration.Error));
        return command;
    }

    private static async Task<int> RunAsync(string[] hosts, int days, string directory, bool force, TextWriter output, TextWriter error)
    {
        string certificatePath = Path.Combine(directory, CertificateFile);
        string keyPath = Path.Combine(directory, KeyFile);
        if (!force && new[] { certificatePath, keyPath }.FirstOrDefault(Path.Exists) is { } taken)
        {
            await error.WriteLineAsync($"godwit: {Fault.Shown(taken)} is there already; give another directory with --out, or overwrite it with --force.");
            return ExitCode.Environment;
        }

        using X509Certificate2 certificate = DevelopmentCertificate.Create(hosts, days, TimeProvider.System.GetUtcNow());
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        try
        {
            Directory.CreateDirectory(directory);
            await WriteAsync(keyPath, key.ExportPkcs8PrivateKeyPem(), secret: true);
            await WriteAsync(certificatePath, certificate.ExportCertificatePem(), secret: false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"godwit: the certificate cannot be written: {fault.Message}");
            return ExitCode.Environment;
        }

        await output.WriteLineAsync($"{certificatePath} is valid for {days} days for {string.Join(", ", (string[])["localhost", "127.0.0.1", "::1", .. hosts])}; its key is {keyPath}.");
        await output.WriteLineAsync();
        await output.WriteLineAsync($"  godwit --listen https://localhost:8443 --tls-cert {certificatePath} --tls-key {keyPath}");
        await output.WriteLineAsync($"  curl --cacert {certificatePath} https://localhost:8443/rt/rooms/lobby");
        await output.WriteLineAsync($"  NODE_EXTRA_CA_CERTS={certificatePath} node …");
        await output.WriteLineAsync();
        await output.WriteLineAsync("Browsers warn of it until it is trusted. It is for development: nobody but its key vouches for it.");
        return ExitCode.Done;
    }

    /// <summary>Writes a new file and puts it in place, so that a server that reads it never sees half of it.</summary>
    private static async Task WriteAsync(string path, string pem, bool secret)
    {
        string fresh = $"{path}.{Path.GetRandomFileName()}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (secret && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            await using (var writer = new StreamWriter(fresh, options))
            {
                await writer.WriteAsync(pem + "\n");
            }

            File.Move(fresh, path, overwrite: true);
        }
        catch
        {
            File.Delete(fresh);
            throw;
        }
    }

    // A name in a certificate may begin with one label that is a star (RFC 6125 section 6.4.3).
    private static bool IsHost(string host) =>
        host.Length <= LongestHost && host.All(char.IsAscii)
        && Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host) is UriHostNameType.Dns or UriHostNameType.IPv4 or UriHostNameType.IPv6;
}
