using System.Text.Unicode;

namespace Godwit.Protocol.WebSockets;

/// <summary>Checks UTF-8 (RFC 3629) that arrives in pieces, cut anywhere. A wrong octet is found in the piece that brings it.</summary>
/// <remarks>One octet of state; whole characters are checked by the vectorised <see cref="Utf8.IsValid"/>.</remarks>
internal struct Utf8Check
{
    private Due _due;

    /// <summary>What may follow a character that is not complete yet.</summary>
    private enum Due : byte
    {
        Nothing,
        One,
        Two,
        Three,

        // The second octet after these leads is restricted: overlong forms, surrogates, values above U+10FFFF.
        AfterE0,
        AfterED,
        AfterF0,
        AfterF4,
    }

    /// <summary>Whether the text may end here: no character is cut.</summary>
    public readonly bool Complete => _due == Due.Nothing;

    /// <summary>Takes the next piece; false if no continuation of the text so far could be UTF-8.</summary>
    public bool Take(ReadOnlySpan<byte> octets)
    {
        while (_due != Due.Nothing && !octets.IsEmpty)
        {
            if (!TakeNext(octets[0]))
            {
                return false;
            }

            octets = octets[1..];
        }

        int whole = octets.Length - LengthOfCutCharacter(octets);
        if (!Utf8.IsValid(octets[..whole]))
        {
            return false;
        }

        octets = octets[whole..];
        if (octets.IsEmpty)
        {
            return true;
        }

        _due = After(octets[0]);
        foreach (byte octet in octets[1..])
        {
            if (!TakeNext(octet))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>How many octets at the end begin a character that does not end here.</summary>
    private static int LengthOfCutCharacter(ReadOnlySpan<byte> octets)
    {
        for (int length = 1; length <= 3 && length <= octets.Length; length++)
        {
            byte octet = octets[^length];
            if (octet is >= 0x80 and < 0xC0)
            {
                continue;
            }

            int needed = octet switch { >= 0xC2 and < 0xE0 => 2, >= 0xE0 and < 0xF0 => 3, >= 0xF0 and < 0xF5 => 4, _ => 1 };
            return needed > length ? length : 0;
        }

        return 0;
    }

    private static Due After(byte lead) => lead switch
    {
        < 0xE0 => Due.One,
        0xE0 => Due.AfterE0,
        0xED => Due.AfterED,
        < 0xF0 => Due.Two,
        0xF0 => Due.AfterF0,
        0xF4 => Due.AfterF4,
        _ => Due.Three,
    };

    private bool TakeNext(byte octet)
    {
        (byte low, byte high, Due next) = _due switch
        {
            Due.One => ((byte)0x80, (byte)0xBF, Due.Nothing),
            Due.Two => ((byte)0x80, (byte)0xBF, Due.One),
            Due.Three => ((byte)0x80, (byte)0xBF, Due.Two),
            Due.AfterE0 => ((byte)0xA0, (byte)0xBF, Due.One),
            Due.AfterED => ((byte)0x80, (byte)0x9F, Due.One),
            Due.AfterF0 => ((byte)0x90, (byte)0xBF, Due.Two),
            _ => ((byte)0x80, (byte)0x8F, Due.Two),
        };
        _due = next;
        return octet >= low && octet <= high;
    }
}
