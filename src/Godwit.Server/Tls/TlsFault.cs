namespace Godwit.Server.Tls;

/// <summary>Something wrong with a file of the TLS material.</summary>
/// <param name="File">Which of the two.</param>
/// <param name="Problem">What is wrong, as the end of a sentence.</param>
internal readonly record struct TlsFault(TlsFile File, string Problem);

/// <summary>The two files.</summary>
internal enum TlsFile
{
    /// <summary>The certificate, and the chain behind it.</summary>
    Certificate,

    /// <summary>The private key.</summary>
    Key,
}
