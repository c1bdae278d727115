using Godwit.Server.Tls;

namespace Godwit.Server.Configuration;

/// <summary>The rules about https addresses and the material that they need.</summary>
internal static class TlsRules
{
    /// <summary>Checks that addresses and material belong together, and what the files hold.</summary>
    public static void Check(ServerSettings server, Assignments<ServerSettings> assigned, List<Fault> faults)
    {
        if (assigned.IsFaulty(GodwitSettings.Listen) || assigned.IsFaulty(GodwitSettings.TlsCertificate) || assigned.IsFaulty(GodwitSettings.TlsKey))
        {
            return; // What is missing or too much cannot be said before these are right.
        }

        Placed<ListenAddress>? https = server.Listen.FirstOrDefault(address => address.Value.Scheme == ListenScheme.Https);
        (string Path, string Flag, string? Value)[] both =
        [
            (GodwitSettings.TlsCertificate, "--tls-cert", server.TlsCertificate),
            (GodwitSettings.TlsKey, "--tls-key", server.TlsKey),
        ];
        foreach ((string path, string flag, string? value) in both)
        {
            if (value is null && https is not null)
            {
                faults.Add(new Fault(https.Source, https.Path, $"{https.Value} needs {path}", $"give it with {flag}; godwit cert makes a certificate for development"));
            }
            else if (value is not null && https is null)
            {
                faults.Add(new Fault(assigned.SourceOf(path)!, path, "no address to listen at is one of https", "add one with --listen https://…, or leave this out"));
            }
        }

        if (server.TlsFiles is { } files)
        {
            var wrong = new List<TlsFault>();
            server.Tls = files.Load(TimeProvider.System.GetUtcNow(), wrong);
            foreach (TlsFault fault in wrong)
            {
                string path = both[(int)fault.File].Path;
                faults.Add(new Fault(assigned.SourceOf(path)!, path, $"{Fault.Shown(files.PathOf(fault.File))}: {fault.Problem}"));
            }
        }
    }
}
