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
    /// <exception cref="FormatException">It is none.</exception>
    public static Member Read(ReadOnlySpan<byte> kept)
    {
        ReadOnlySpan<byte> rest = kept.Length > SessionLength ? kept[SessionLength..] : throw Foreign();
        long since = ReadNumber(ref rest, Space);
        ReadOnlySpan<byte> user = Take(ref rest, ReadNumber(ref rest, Space));
        if (user.IsEmpty)
        {
            throw Foreign();
        }

        return new Member(ReadSession(kept), user[0] == Nobody ? null : Encoding.UTF8.GetString(user[1..]), rest.ToArray(), since);
    }

    /// <summary>Reads some octets, and goes on behind them.</summary>
    /// <exception cref="FormatException">There are not as many.</exception>
    public static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> text, long length)
    {
        ReadOnlySpan<byte> taken = length >= 0 && length <= text.Length ? text[..(int)length] : throw Foreign();
        text = text[(int)length..];
        return taken;
    }

    /// <summary>Reads a decimal number, and goes on behind the octet that ends it.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public static long ReadNumber(ref ReadOnlySpan<byte> text, byte end)
    {
        if (!Utf8Parser.TryParse(text, out long number, out int length) || length == text.Length || text[length] != end)
        {
            throw Foreign();
        }

        text = text[(length + 1)..];
        return number;
    }

    private static FormatException Foreign() => new("What the store has for a member is not of this system.");
}
