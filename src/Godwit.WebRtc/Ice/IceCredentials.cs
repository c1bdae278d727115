using System.Security.Cryptography;
using System.Text;

namespace Godwit.WebRtc.Ice;

/// <summary>The user name fragment and the password of one answer (RFC 8445 section 5.3).</summary>
/// <param name="Key">The bits of the fragment: what the peer is found by.</param>
/// <param name="Fragment">The fragment.</param>
/// <param name="Password">The password, 144 random bits.</param>
internal sealed record IceCredentials(ulong Key, string Fragment, string Password)
{
    /// <summary>The characters of a fragment of ours: six bits each.</summary>
    public const int FragmentLength = 10;

    private const int PasswordLength = 24;
    private const int BitsPerCharacter = 6;
    private const string Characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    private static readonly sbyte[] Values = MakeValues();

    /// <summary>The password as STUN uses it.</summary>
    public byte[] PasswordOctets { get; } = Encoding.ASCII.GetBytes(Password);

    /// <summary>Makes new ones.</summary>
    public static IceCredentials Make()
    {
        string fragment = RandomNumberGenerator.GetString(Characters, FragmentLength);
        TryReadKey(Encoding.ASCII.GetBytes(fragment), out ulong key);
        return new IceCredentials(key, fragment, RandomNumberGenerator.GetString(Characters, PasswordLength));
    }

    /// <summary>Reads the bits of a fragment; false for what is none of ours.</summary>
    public static bool TryReadKey(ReadOnlySpan<byte> fragment, out ulong key)
    {
        key = 0;
        if (fragment.Length != FragmentLength)
        {
            return false;
        }

        foreach (byte character in fragment)
        {
            int value = Values[character];
            if (value < 0)
            {
                return false;
            }

            key = (key << BitsPerCharacter) | (uint)value;
        }

        return true;
    }

    /// <summary>Whether a text is made of the characters of ICE (RFC 8839 section 5.4).</summary>
    public static bool IsMadeOfIceCharacters(ReadOnlySpan<char> text)
    {
        foreach (char character in text)
        {
            if (character >= Values.Length || Values[character] < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Fragment;

    private static sbyte[] MakeValues()
    {
        var values = new sbyte[byte.MaxValue + 1];
        values.AsSpan().Fill(-1);
        for (int i = 0; i < Characters.Length; i++)
        {
            values[Characters[i]] = (sbyte)i;
        }

        return values;
    }
}
