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
    public sealed record Content(string Certificate, string Key)
    {
        /// <summary>Tells it from other content, without being it.</summary>
        public string Digest { get; } = Convert.ToHexString(SHA256.HashData(Encoding.Latin1.GetBytes($"{Certificate}\0{Key}")));
    }

    /// <summary>Loads and checks both.</summary>
    /// <param name="now">The time at which they must be valid.</param>
    /// <param name="faults">What is wrong, if the result is null.</param>
    public TlsMaterial? Load(DateTimeOffset now, List<TlsFault> faults) => Read(faults) is { } content ? TlsMaterial.Parse(content, now, faults) : null;

    /// <summary>Reads both; null if one cannot be read.</summary>
    public Content? Read(List<TlsFault> faults)
    {
        string? certificate = Read(Certificate, TlsFile.Certificate, faults);
        string? key = Read(Key, TlsFile.Key, faults);
        return certificate is null || key is null ? null : new Content(certificate, key);
    }

    /// <summary>The path of one.</summary>
    public string PathOf(TlsFile file) => file == TlsFile.Certificate ? Certificate : Key;

    private static string? Read(string path, TlsFile file, List<TlsFault> faults)
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
                using FileStream stream = File.OpenRead(path);
                byte[] octets = new byte[MaxLength];
                int length = stream.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
                if (length < octets.Length)
                {
                    // Latin-1 takes whatever stands around the PEM, which itself is ASCII.
                    return Encoding.Latin1.GetString(octets, 0, length);
                }

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

        faults.Add(new TlsFault(file, problem));
        return null;
    }
}
