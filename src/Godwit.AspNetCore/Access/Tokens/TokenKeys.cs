using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Access;
using Microsoft.IdentityModel.Tokens;

namespace Godwit.AspNetCore.Access.Tokens;

/// <summary>The keys that tokens are verified with, by the algorithm that each is for: no key is ever tried with another.</summary>
internal sealed class TokenKeys
{
    /// <summary>The fewest bits of an RSA key (RFC 7518, section 3.3).</summary>
    public const int LeastRsaBits = 2048;

    /// <summary>What a public key may be, for error messages.</summary>
    public const string Rule = "the public key or certificate of an RSA key of 2,048 bits or more, or of an elliptic curve key of P-256, in PEM";

    private readonly (string Algorithm, SecurityKey Key)[] _keys;

    /// <summary>Makes the collection.</summary>
    public TokenKeys(IEnumerable<(string Algorithm, SecurityKey Key)> keys)
    {
        _keys = [.. keys];
    }

    /// <summary>Whether there is a key of an algorithm.</summary>
    public bool Takes(string algorithm) => Array.Exists(_keys, key => key.Algorithm == algorithm);

    /// <summary>The keys for a token: those of its algorithm that have its key id, else those of its algorithm that have none.</summary>
    public List<SecurityKey> For(string algorithm, string? id)
    {
        var named = new List<SecurityKey>();
        var nameless = new List<SecurityKey>();
        foreach ((string own, SecurityKey key) in _keys)
        {
            if (own == algorithm)
            {
                if (string.IsNullOrEmpty(key.KeyId))
                {
                    nameless.Add(key);
                }
                else if (key.KeyId == id || string.IsNullOrEmpty(id))
                {
                    named.Add(key);
                }
            }
        }

        return named.Count > 0 && !string.IsNullOrEmpty(id) ? named : [.. named, .. nameless];
    }

    /// <summary>These keys and others.</summary>
    public TokenKeys With(IEnumerable<(string Algorithm, SecurityKey Key)> more) => new([.. _keys, .. more]);

    /// <summary>A secret of HS256.</summary>
    public static (string Algorithm, SecurityKey Key) Of(SharedSecret secret) => (SecurityAlgorithms.HmacSha256, new SymmetricSecurityKey(secret.Octets.ToArray()));

    /// <summary>A key of a set (RFC 7517), if it is one to verify tokens with.</summary>
    public static (string Algorithm, SecurityKey Key)? Of(JsonWebKey key)
    {
        if (key.Use is "enc")
        {
            return null;
        }

        return key.Kty switch
        {
            "RSA" when key.Alg is null or "" or SecurityAlgorithms.RsaSha256 && key.KeySize >= LeastRsaBits => (SecurityAlgorithms.RsaSha256, key),
            "EC" when key.Crv == "P-256" && key.Alg is null or "" or SecurityAlgorithms.EcdsaSha256 => (SecurityAlgorithms.EcdsaSha256, key),
            _ => null,
        };
    }

    /// <summary>The key in a PEM text; null if there is none that fits <see cref="Rule"/>.</summary>
    public static (string Algorithm, SecurityKey Key)? Of(string pem)
    {
        try
        {
            if (pem.Contains("-----BEGIN CERTIFICATE-----", StringComparison.Ordinal))
            {
                using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
                return certificate.GetRSAPublicKey() is { } rsaKey ? Of(rsaKey) : certificate.GetECDsaPublicKey() is { } curveKey ? Of(curveKey) : null;
            }

            // A private key has no business on a server that only verifies.
            if (pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
            {
                return null;
            }
        }
        catch (CryptographicException)
        {
            return null;
        }

        return TryImport(RSA.Create(), pem) is { } rsa ? Of(rsa) : TryImport(ECDsa.Create(), pem) is { } curve ? Of(curve) : null;
    }

    private static T? TryImport<T>(T key, string pem)
        where T : AsymmetricAlgorithm
    {
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception wrong) when (wrong is CryptographicException or ArgumentException)
        {
            key.Dispose();
            return null;
        }
    }

    private static (string Algorithm, SecurityKey Key)? Of(RSA key) =>
        key.KeySize >= LeastRsaBits ? (SecurityAlgorithms.RsaSha256, new RsaSecurityKey(key)) : null;

    private static (string Algorithm, SecurityKey Key)? Of(ECDsa key) =>
        key.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value == ECCurve.NamedCurves.nistP256.Oid.Value ? (SecurityAlgorithms.EcdsaSha256, new ECDsaSecurityKey(key)) : null;
}
