using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Godwit.Protocol;

namespace Godwit.Redis.Logs;

/// <summary>Epochs for logs that may begin with a call. Nearly none does, so many are drawn at once.</summary>
internal static class SpareEpochs
{
    private const int AtOnce = 64;

    [ThreadStatic]
    private static ulong[]? _drawn;

    [ThreadStatic]
    private static int _left;

    /// <summary>The text of an epoch that no other log has.</summary>
    public static byte[] Next()
    {
        ulong value;
        do
        {
            if (_left == 0)
            {
                RandomNumberGenerator.Fill(MemoryMarshal.AsBytes((_drawn ??= new ulong[AtOnce]).AsSpan()));
                _left = AtOnce;
            }

            value = _drawn![--_left];
        }
        while (value == 0);
        byte[] text = new byte[Epoch.TextLength];
        new Epoch(value).WriteUtf8(text);
        return text;
    }
}
