using System.Security.Cryptography;
using System.Text;

namespace Godwit.Server.Tls;

/// <summary>The two files of the TLS material, in PEM.</summary>
/// <param name="Certificate">The path of the certificate, the chain behind it.</param>
/// <param name="Key">The path of its private key.</param>
internal sealed record TlsFiles(string Certificate, string Key)
{
    // A chain has some kilobytes; whoever names a disk image is told so at once.
    private const int MaxLength = 1 << 20;

    /// <summary>What the two files hold.</summary>
    /// <param name="Certificate">The certificate, the chain behind it.</param>
    /// <param name="Key">Its private key.</param>
    /// <param name="Digest">Tells it from other content, without being it.</param>
    public sealed record Content(string Certificate, string Key, string Digest);

    /// <summary>Loads and checks both.</summary>
    /// <param name="now">The time at which they must be valid.</param>
    /// <param name="faults">What is wrong, if the result is null.</param>
    public TlsMaterial? Load(DateTimeOffset now, List<TlsFault> faults) => Read(faults) is { } content ? TlsMaterial.Parse(content, now, faults) : null;

    /// <summary>Reads both; null if one cannot be read.</summary>
    /// <param name="faults">What is wrong, if the result is null.</param>
    public Content? Read(List<TlsFault> faults)
    {
        using TlsOctets certificate = Read(Certificate, TlsFile.Certificate, faults);
        using TlsOctets key = Read(Key, TlsFile.Key, faults);

        // Latin-1 takes whatever stands around the PEM, which itself is ASCII.
        return certificate.AreAll && key.AreAll ? new Content(Encoding.Latin1.GetString(certificate.Span), Encoding.Latin1.GetString(key.Span), DigestOf(certificate, key)) : null;
    }

    /// <summary>Whether both can be read and hold what has this digest: costs no more than the looking, since it is asked again and again.</summary>
    public bool Hold(string digest)
    {
        using TlsOctets certificate = Read(Certificate, TlsFile.Certificate, faults: null);
        using TlsOctets key = Read(Key, TlsFile.Key, faults: null);
        return certificate.AreAll && key.AreAll && DigestOf(certificate, key) == digest;
    }

    /// <summary>The path of one.</summary>
    public string PathOf(TlsFile file) => file == TlsFile.Certificate ? Certificate : Key;

    private static string DigestOf(TlsOctets certificate, TlsOctets key)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(certificate.Span);
        hash.AppendData([0]);
        hash.AppendData(key.Span);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return Convert.ToHexString(digest);
    }

    private static TlsOctets Read(string path, TlsFile file, List<TlsFault>? faults)
    {
        string? problem;
        try
        {
            if (Directory.Exists(path))
            {
                problem = "it is a directory";
            }
            else
            {
                TlsOctets octets = TlsOctets.Of(path, MaxLength);
                if (octets.AreAll)
                {
                    return octets;
                }

                octets.Dispose();
                problem = "it is larger than any such file";
            }
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            problem = "there is no such file";
        }
        catch (UnauthorizedAccessException)
        {
            problem = "this user may not read it";
        }
        catch (IOException fault)
        {
            problem = $"it cannot be read: {fault.Message.TrimEnd('.')}";
        }

        faults?.Add(new TlsFault(file, problem));
        return default;
    }
}
