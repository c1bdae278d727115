using Godwit.WebRtc.Stun;

namespace Godwit.WebRtc.Ice;

/// <summary>A connectivity check: a STUN binding request of ICE (RFC 8445 section 7.1).</summary>
internal readonly ref struct BindingCheck
{
    private BindingCheck(StunMessage message, ulong key, ReadOnlySpan<byte> theirFragment)
    {
        Message = message;
        Key = key;
        TheirFragment = theirFragment;
    }

    /// <summary>The request.</summary>
    public StunMessage Message { get; }

    /// <summary>Whom it is for.</summary>
    public ulong Key { get; }

    /// <summary>The sender's user name fragment.</summary>
    public ReadOnlySpan<byte> TheirFragment { get; }

    /// <summary>Reads the check in a datagram; false for all else that may come to the port. Nothing of it is proven yet.</summary>
    public static bool TryRead(Span<byte> datagram, out BindingCheck check)
    {
        check = default;
        if (!StunMessage.TryRead(datagram, out StunMessage message)
            || message.Type != StunMessage.BindingRequest
            || message.IntegrityOffset == 0
            || !message.TryFind(StunAttribute.Username, out ReadOnlySpan<byte> user)
            || user.Length <= IceCredentials.FragmentLength
            || user[IceCredentials.FragmentLength] != ':'
            || !IceCredentials.TryReadKey(user[..IceCredentials.FragmentLength], out ulong key))
        {
            return false;
        }

        check = new BindingCheck(message, key, user[(IceCredentials.FragmentLength + 1)..]);
        return true;
    }

    /// <summary>Whether it was made with a password, for a peer with a fragment, and came whole.</summary>
    public bool IsGenuine(ReadOnlySpan<byte> password, ReadOnlySpan<byte> theirFragment) =>
        TheirFragment.SequenceEqual(theirFragment) && StunIntegrity.IsGenuine(Message, password) && StunIntegrity.HasRightFingerprint(Message);
}
