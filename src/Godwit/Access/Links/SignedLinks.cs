using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Sessions.Tokens;

namespace Godwit.Access.Links;

/// <summary>Makes and reads what signs a link to a room: for an EventSource or a plain GET, which can show nothing else.</summary>
/// <remarks>
/// In octets: version 1, key id 8, expires 6, when its maker's credential was made 6 (0 where nobody knows), rights 1, the length of the user 2, the
/// user, the id of its maker's credential; and HMAC-SHA-256 (RFC 2104) over these and the room. The room is
/// signed without being in the text, so that a link to another room is none. The version tells it from a session token, which the
/// same keys sign.
/// </remarks>
internal sealed class SignedLinks(SessionTokens sessions, TimeProvider time)
{
    /// <summary>The longest that a link holds.</summary>
    public static readonly TimeSpan MostLife = TimeSpan.FromMinutes(15);

    /// <summary>How long it does, where nobody says.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromMinutes(5);

    private const byte Version = 0x4C;
    private const int ExpiresAt = 1 + 8;
    private const int IssuedAt = ExpiresAt + 6;
    private const int RightsAt = IssuedAt + 6;
    private const int UserLengthAt = RightsAt + 1;
    private const int UserAt = UserLengthAt + 2;
    private const int LeastLength = UserAt + HMACSHA256.HashSizeInBytes;

    /// <summary>Signs a link.</summary>
    /// <param name="room">The room.</param>
    /// <param name="maker">Whose link it is.</param>
    /// <param name="rights">What it allows: <see cref="Rights.Read"/>, with <see cref="Rights.History"/> or without.</param>
    /// <param name="life">How long.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>The text, and when the link ends.</returns>
    /// <exception cref="BrokerUnavailableException">The keys are in the store, and it does not answer.</exception>
    public async ValueTask<(string Text, DateTimeOffset Expires)> SignAsync(RoomName room, Caller maker, Rights rights, TimeSpan life, CancellationToken cancel)
    {
        KeyRing ring = await sessions.Keys.GetAsync(cancel).ConfigureAwait(false);
        DateTimeOffset expires = DateTimeOffset.FromUnixTimeMilliseconds((time.GetUtcNow() + life).ToUnixTimeMilliseconds());
        byte[] name = Encoding.UTF8.GetBytes(maker.User ?? "");
        byte[] credential = Encoding.UTF8.GetBytes(maker.TokenId ?? "");
        byte[] octets = new byte[LeastLength + name.Length + credential.Length];
        octets[0] = Version;
        BinaryPrimitives.WriteUInt64BigEndian(octets.AsSpan(1), ring.Newest.Id);
        WriteTime(octets.AsSpan(ExpiresAt), expires.ToUnixTimeMilliseconds());
        WriteTime(octets.AsSpan(IssuedAt), maker.Kind == CallerKind.ApiKey ? time.GetUtcNow().ToUnixTimeMilliseconds() : maker.Issued?.ToUnixTimeMilliseconds() ?? 0);
        octets[RightsAt] = (byte)rights;
        BinaryPrimitives.WriteUInt16BigEndian(octets.AsSpan(UserLengthAt), checked((ushort)name.Length));
        name.CopyTo(octets, UserAt);
        credential.CopyTo(octets, UserAt + name.Length);
        int signed = octets.Length - HMACSHA256.HashSizeInBytes;
        Sign(octets.AsSpan(0, signed), room, ring.Newest, octets.AsSpan(signed));
        return (Base64Url.EncodeToString(octets), expires);
    }

    /// <summary>Reads what signs a link to a room.</summary>
    /// <param name="presented">The text, the room that is asked for, and from where.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="BrokerUnavailableException">The keys are in the store, and it does not answer.</exception>
    public async ValueTask<Identification> ReadAsync(PresentedCredential presented, CancellationToken cancel)
    {
        RoomName room = presented.Room;
        byte[]? octets = Decode(presented.Text);
        if (octets is null)
        {
            return Invalid;
        }

        ulong id = BinaryPrimitives.ReadUInt64BigEndian(octets.AsSpan(1));
        KeyRing ring = await sessions.Keys.GetAsync(cancel).ConfigureAwait(false);
        SigningKey? key = ring.Find(id) ?? (await sessions.Keys.GetWithAsync(id, cancel).ConfigureAwait(false)).Find(id);
        if (key is null || !IsGenuine(octets, room, key))
        {
            return Invalid;
        }

        DateTimeOffset expires = ReadTime(octets.AsSpan(ExpiresAt))!.Value;
        if (time.GetUtcNow() >= expires)
        {
            return new AccessRefusal(ErrorCode.LinkExpired, "Get a new link.");
        }

        ReadOnlySpan<byte> names = octets.AsSpan(UserAt..^HMACSHA256.HashSizeInBytes);
        int length = BinaryPrimitives.ReadUInt16BigEndian(octets.AsSpan(UserLengthAt));
        string user = Encoding.UTF8.GetString(names[..length]);
        string credential = Encoding.UTF8.GetString(names[length..]);
        var grants = new Grants([new Grant(RoomPattern.Parse(room.ToString()), (Rights)octets[RightsAt] & (Rights.Read | Rights.History))]);
        return new Caller { Kind = CallerKind.Link, User = user.Length == 0 ? null : user, Grants = grants, Bounds = grants, Expires = expires, Issued = ReadTime(octets.AsSpan(IssuedAt)), TokenId = credential.Length == 0 ? null : credential, Address = presented.Address };
    }

    private static AccessRefusal Invalid => new(ErrorCode.LinkInvalid, "'grant' is not what a server signed for this room.");

    private static byte[]? Decode(string text)
    {
        if (text.Length > PresentedCredential.MaxLength || !Base64Url.IsValid(text))
        {
            return null;
        }

        byte[] octets = Base64Url.DecodeFromChars(text);
        return octets.Length >= LeastLength && octets[0] == Version && Base64Url.EncodeToString(octets) == text ? octets : null;
    }

    private static bool IsGenuine(ReadOnlySpan<byte> octets, RoomName room, SigningKey key)
    {
        Span<byte> signature = stackalloc byte[HMACSHA256.HashSizeInBytes];
        Sign(octets[..^HMACSHA256.HashSizeInBytes], room, key, signature);
        return SecretComparison.AreSame(signature, octets[^HMACSHA256.HashSizeInBytes..]);
    }

    private static void WriteTime(Span<byte> to, long ms)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)(ms >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(to[2..], (uint)ms);
    }

    private static DateTimeOffset? ReadTime(ReadOnlySpan<byte> from)
    {
        long ms = ((long)BinaryPrimitives.ReadUInt16BigEndian(from) << 32) | BinaryPrimitives.ReadUInt32BigEndian(from[2..]);
        return ms == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(ms);
    }

    private static void Sign(ReadOnlySpan<byte> what, RoomName room, SigningKey key, Span<byte> signature)
    {
        // What is signed ends with the user and goes on with the room: a zero, which no name has, stands between them.
        Span<byte> name = stackalloc byte[1 + RoomName.MaxLength];
        name[0] = 0;
        key.Sign(what, name[..(1 + Encoding.ASCII.GetBytes(room.ToString(), name[1..]))], signature);
    }
}
