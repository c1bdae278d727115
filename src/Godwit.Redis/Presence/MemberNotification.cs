using Godwit.Brokers;

namespace Godwit.Redis.Presence;

/// <summary>What the store tells of a room's members when something has changed.</summary>
/// <param name="Before">The version of the list before the change.</param>
/// <param name="Version">The version after it; the same where only the next end has.</param>
/// <param name="NextEnd">The time until the next lease ends, as it was then; null where there is none.</param>
/// <param name="Changes">The sessions that changed, in that order, and the members that they are now; null for those that left.</param>
internal sealed record MemberNotification(long Before, long Version, TimeSpan? NextEnd, IReadOnlyList<(UInt128 Session, Member? Member)> Changes)
{
    private const byte Entered = (byte)'+';

    /// <summary>Reads what the scripts on leases publish.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static MemberNotification Read(ReadOnlySpan<byte> text)
    {
        long before = StoredMember.ReadNumber(ref text, (byte)' ');
        long version = StoredMember.ReadNumber(ref text, (byte)' ');
        long next = StoredMember.ReadNumber(ref text, (byte)'\n');
        var changes = new List<(UInt128, Member?)>();
        while (!text.IsEmpty)
        {
            bool hasEntered = text[0] == Entered;
            text = text[1..];
            ReadOnlySpan<byte> change = StoredMember.Take(ref text, hasEntered ? StoredMember.ReadNumber(ref text, (byte)':') : StoredMember.SessionLength);
            Member? member = hasEntered ? StoredMember.Read(change) : null;
            changes.Add((member?.Session ?? StoredMember.ReadSession(change), member));
        }

        return new MemberNotification(before, version, NextEndOf(next), changes);
    }

    /// <summary>The time until the next lease ends, as scripts answer it.</summary>
    public static TimeSpan? NextEndOf(long milliseconds) => milliseconds < 0 ? null : TimeSpan.FromMilliseconds(milliseconds);
}
