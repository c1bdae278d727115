using System.Buffers.Binary;
using Godwit.WebRtc.Stun;
using Godwit.WebRtc.Udp;

namespace Godwit.WebRtc.Ice;

/// <summary>Answers the checks of a full agent, as an agent of ICE-lite does.</summary>
internal static class CheckAnswer
{
    /// <summary>The octets that an answer takes at most.</summary>
    public const int MaxLength = 128;

    private const int MostUnknown = 8;

    /// <summary>What a check comes to.</summary>
    public enum Outcome
    {
        /// <summary>It proves the address.</summary>
        Passed,

        /// <summary>It proves the address, and the client has chosen it.</summary>
        Nominated,

        /// <summary>It is genuine, and asks what cannot be: nothing is proven by it.</summary>
        Refused,
    }

    /// <summary>Composes the answer to a genuine check.</summary>
    /// <param name="check">The check.</param>
    /// <param name="from">Where it came from.</param>
    /// <param name="password">What the answer is signed with: the same as the check.</param>
    /// <param name="answer">Where to; at least <see cref="MaxLength"/> octets.</param>
    /// <param name="length">The length of the answer.</param>
    public static Outcome Compose(in BindingCheck check, in UdpAddress from, ReadOnlySpan<byte> password, Span<byte> answer, out int length)
    {
        Span<byte> unknown = stackalloc byte[MostUnknown * sizeof(ushort)];
        int unknownLength = 0;
        bool isNominated = false;
        bool isControlled = false;
        foreach (StunAttributeView attribute in check.Message.Attributes)
        {
            isNominated |= attribute.Type == StunAttribute.UseCandidate;
            isControlled |= attribute.Type == StunAttribute.IceControlled;
            if (StunAttribute.IsComprehensionRequired(attribute.Type) && !StunAttribute.IsKnown(attribute.Type) && unknownLength < unknown.Length)
            {
                BinaryPrimitives.WriteUInt16BigEndian(unknown[unknownLength..], attribute.Type);
                unknownLength += sizeof(ushort);
            }
        }

        if (unknownLength > 0)
        {
            var refusal = new StunWriter(answer, StunMessage.BindingError, check.Message.TransactionId);
            refusal.AddError(420, "Unknown Attribute");
            refusal.Add(StunAttribute.UnknownAttributes, unknown[..unknownLength]);
            refusal.Seal(password);
            length = refusal.Length;
            return Outcome.Refused;
        }

        if (isControlled)
        {
            // Of a full and a lite agent the full one controls, whatever the tie-breakers say (RFC 8445 section 6.1.1).
            var refusal = new StunWriter(answer, StunMessage.BindingError, check.Message.TransactionId);
            refusal.AddError(487, "Role Conflict");
            refusal.Seal(password);
            length = refusal.Length;
            return Outcome.Refused;
        }

        Span<byte> address = stackalloc byte[UdpAddress.MaxLength];
        var success = new StunWriter(answer, StunMessage.BindingSuccess, check.Message.TransactionId);
        success.AddXorMappedAddress(address[..from.Write(address)], from.Port);
        success.Seal(password);
        length = success.Length;
        return isNominated ? Outcome.Nominated : Outcome.Passed;
    }
}
