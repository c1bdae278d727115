using System.Security.Cryptography;
using System.Text;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Stun;

namespace Godwit.WebRtc.Tests.Ice;

/// <summary>Composes checks.</summary>
internal static class CheckText
{
    public static byte[] For(Peer peer, bool nominates = false, bool isControlled = false, string? password = null, string? user = null, ushort? further = null)
    {
        byte[] octets = new byte[256];
        var writer = new StunWriter(octets, StunMessage.BindingRequest, RandomNumberGenerator.GetBytes(12));
        writer.Add(StunAttribute.Username, Encoding.ASCII.GetBytes(user ?? $"{peer.Credentials.Fragment}:abcd"));
        writer.Add(StunAttribute.Priority, [1, 2, 3, 4]);
        writer.Add(isControlled ? StunAttribute.IceControlled : StunAttribute.IceControlling, new byte[8]);
        if (nominates)
        {
            writer.Add(StunAttribute.UseCandidate, []);
        }

        if (further is { } type)
        {
            writer.Add(type, [0]);
        }

        writer.Seal(Encoding.ASCII.GetBytes(password ?? peer.Credentials.Password));
        return octets[..writer.Length];
    }
}
