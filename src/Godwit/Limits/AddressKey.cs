using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Godwit.Limits;

/// <summary>An address as limits count it: an IPv4 address, or the /64 of an IPv6 address, which is one site's and has as many addresses as it likes.</summary>
internal readonly struct AddressKey : IEquatable<AddressKey>
{
    // The upper halves of IPv6 addresses that begin with zeros are assigned to nobody, so IPv4 addresses have room there.
    private const ulong Four = 1UL << 32;

    // 64:ff9b::/96 (RFC 6052): IPv4 addresses as a translator shows them.
    private const ulong Translated = 0x0064_FF9B_0000_0000;

    private readonly ulong _value;

    private AddressKey(ulong value) => _value = value;

    /// <summary>The key of an address; one for all where none is known.</summary>
    public static AddressKey Of(IPAddress? address)
    {
        Span<byte> octets = stackalloc byte[16];
        if (address is null || !address.TryWriteBytes(octets, out int length))
        {
            return default;
        }

        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return new AddressKey(Four | BinaryPrimitives.ReadUInt32BigEndian(octets));
        }

        ulong network = BinaryPrimitives.ReadUInt64BigEndian(octets);
        uint middle = BinaryPrimitives.ReadUInt32BigEndian(octets[8..length]);
        return address.IsIPv4MappedToIPv6 || (network == Translated && middle == 0)
            ? new AddressKey(Four | BinaryPrimitives.ReadUInt32BigEndian(octets[12..length]))
            : new AddressKey(network);
    }

    /// <inheritdoc/>
    public bool Equals(AddressKey other) => _value == other._value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is AddressKey other && Equals(other);

    /// <summary>The same for one address at every server.</summary>
    public override string ToString() => $"{_value:x16}";

    /// <remarks>With the process's own seed: who chooses addresses does not choose collisions.</remarks>
    public override int GetHashCode() => HashCode.Combine(_value);
}
