using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using Godwit.Brokers;

namespace Godwit.Redis.Presence;

/// <summary>A member as the store keeps it: the session, then in decimal since when and how long the user's text is, each before a space, the user and the state.</summary>
internal static class StoredMember
{
    /// <summary>The octets of a session, in which their order is that of sessions.</summary>
    public const int SessionLength = 16;

    private const byte Space = (byte)' ';
    private const byte Nobody = (byte)'-';

    /// <summary>A session as the store keeps it.</summary>
    public static byte[] Write(UInt128 session)
    {
        byte[] kept = new byte[SessionLength];
        BinaryPrimitives.WriteUInt128BigEndian(kept, session);
        return kept;
    }

    /// <summary>A user as the store keeps it: somebody whose name is empty is not nobody.</summary>
    public static string Write(string? user) => user is null ? "-" : $"+{user}";

    /// <summary>Reads a session.</summary>
    public static UInt128 ReadSession(ReadOnlySpan<byte> kept) => BinaryPrimitives.ReadUInt128BigEndian(kept);

    /// <summary>Reads a member; nothing of it refers to the octets.</summary>
    public static Member Read(ReadOnlySpan<byte> kept)
    {
        UInt128 session = ReadSession(kept);
        kept = kept[SessionLength..];
        long since = ReadNumber(ref kept, Space);
        int length = (int)ReadNumber(ref kept, Space);
        ReadOnlySpan<byte> user = kept[..length];
        return new Member(session, user[0] == Nobody ? null : Encoding.UTF8.GetString(user[1..]), kept[length..].ToArray(), since);
    }

    /// <summary>Reads a decimal number, and goes on behind the octet that ends it.</summary>
    public static long ReadNumber(ref ReadOnlySpan<byte> text, byte end)
    {
        if (!Utf8Parser.TryParse(text, out long number, out int length) || length == text.Length || text[length] != end)
        {
            throw new FormatException("The store has something where a number was expected.");
        }

        text = text[(length + 1)..];
        return number;
    }
}
