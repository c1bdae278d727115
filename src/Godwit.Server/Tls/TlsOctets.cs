using System.Buffers;
using System.Security.Cryptography;

namespace Godwit.Server.Tls;

/// <summary>The octets of a file, lent; a private key may be among them, so they are wiped when they are given back.</summary>
internal readonly struct TlsOctets : IDisposable
{
    // More than a chain and a key usually have.
    private const int FirstLength = 16 << 10;

    private readonly byte[]? _lent;
    private readonly int _length;

    private TlsOctets(byte[] lent, int length, bool areAll)
    {
        _lent = lent;
        _length = length;
        AreAll = areAll;
    }

    /// <summary>Whether they are all that the file holds.</summary>
    public bool AreAll { get; }

    public ReadOnlySpan<byte> Span => _lent.AsSpan(0, _length);

    /// <summary>Reads a file, as far as it is not longer than it may be.</summary>
    public static TlsOctets Of(string path, int most)
    {
        // Without a buffer of its own, and without what is asked of files that can be sought in: it may be a pipe.
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        byte[] lent = ArrayPool<byte>.Shared.Rent(Math.Min(FirstLength, most));
        int length = 0;
        try
        {
            while (true)
            {
                int read = stream.Read(lent.AsSpan(length));
                length += read;
                if (read == 0 || length > most)
                {
                    return new TlsOctets(lent, length, read == 0);
                }

                if (length == lent.Length)
                {
                    byte[] longer = ArrayPool<byte>.Shared.Rent(2 * length);
                    lent.AsSpan(0, length).CopyTo(longer);
                    Return(lent, length);
                    lent = longer;
                }
            }
        }
        catch
        {
            Return(lent, length);
            throw;
        }
    }

    public void Dispose()
    {
        if (_lent is not null)
        {
            Return(_lent, _length);
        }
    }

    private static void Return(byte[] lent, int length)
    {
        CryptographicOperations.ZeroMemory(lent.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(lent);
    }
}
