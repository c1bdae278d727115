using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Godwit.Server.Tls;

/// <summary>Answers handshakes with what the files hold, and takes new material while it runs; open connections go on with what they began with.</summary>
/// <remarks>
/// The files are read every second and compared by their content, so it does not matter how they are replaced: written in
/// place, renamed, or behind symbolic links that move. A pair is taken as soon as it is whole and valid. One that is not
/// has a second to become so, because two files do not change at one instant; then it is logged, once.
/// </remarks>
internal sealed partial class TlsReload(TlsFiles files, TlsMaterial material, TimeProvider time, ILogger<TlsReload> logger) : BackgroundService
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>How long a client may take over its handshake.</summary>
    public static readonly TimeSpan HandshakeLimit = TimeSpan.FromSeconds(10);

    private SslServerAuthenticationOptions _options = Options(material);
    private string _taken = material.Source;
    private string? _doubted;
    private string? _complaint;

    /// <summary>How Kestrel is to do handshakes.</summary>
    public TlsHandshakeCallbackOptions Handshake => new()
    {
        OnConnection = _ => new ValueTask<SslServerAuthenticationOptions>(Volatile.Read(ref _options)),
        HandshakeTimeout = HandshakeLimit,
    };

    /// <summary>Looks at the files, and takes what they hold if it is new and in order.</summary>
    public void Look()
    {
        if (files.Hold(_taken))
        {
            _doubted = null;
            _complaint = null;
            return;
        }

        var faults = new List<TlsFault>();
        TlsFiles.Content? content = files.Read(faults);
        if (content is not null && TlsMaterial.Parse(content, time.GetUtcNow(), faults) is { } found)
        {
            Volatile.Write(ref _options, Options(found));
            _taken = content.Digest;
            _doubted = null;
            _complaint = null;
            Log.Taken(logger, files.Certificate, found.NotAfter.ToUniversalTime());
            return;
        }

        string complaint = string.Join("; ", faults.Select(fault => $"{files.PathOf(fault.File)}: {fault.Problem}"));
        string doubted = content?.Digest + complaint;
        if (_doubted == doubted && _complaint != doubted)
        {
            _complaint = doubted;
            Log.Refused(logger, complaint);
        }

        _doubted = doubted;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Look();
        }
    }

    private static SslServerAuthenticationOptions Options(TlsMaterial material) => new()
    {
        ServerCertificateContext = material.Context,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        AllowRenegotiation = false,
    };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "New connections get the certificate that {File} holds now; it is valid until {NotAfter:yyyy-MM-dd HH:mm:ss} UTC.", EventName = "CertificateTaken")]
        public static partial void Taken(ILogger logger, string file, DateTime notAfter);

        [LoggerMessage(2, LogLevel.Error, "The TLS files have changed and are not in order, so the certificate stays the one from before: {Faults}.", EventName = "CertificateRefused")]
        public static partial void Refused(ILogger logger, string faults);
    }
}
