using System.Buffers.Binary;
using System.Text;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.AspNetCore.Requests;

/// <summary>The rooms that one client published to lately: a name that comes again costs neither a string nor a search for its policy.</summary>
internal sealed class RecentDestinations(RoomPolicies policies)
{
    private const int Bits = 8;

    private readonly Destination?[] _slots = new Destination?[1 << Bits];

    /// <summary>The room of a name; null if the text is none.</summary>
    public Destination? Find(ReadOnlySpan<byte> name)
    {
        ref Destination? slot = ref _slots[Slot(name)];
        if (slot is not null && Ascii.Equals(name, slot.Name.ToString()))
        {
            return slot;
        }

        if (name.Length > RoomName.MaxLength || !Ascii.IsValid(name) || !RoomName.TryParse(Encoding.ASCII.GetString(name), out RoomName room))
        {
            return null;
        }

        return slot = new Destination(room, policies.For(room));
    }

    /// <summary>Names of one server differ at their ends, mostly.</summary>
    private static int Slot(ReadOnlySpan<byte> name)
    {
        ulong end = 0;
        if (name.Length >= 8)
        {
            end = BinaryPrimitives.ReadUInt64LittleEndian(name[^8..]);
        }
        else
        {
            foreach (byte octet in name)
            {
                end = (end << 8) | octet;
            }
        }

        return (int)(((end + (ulong)name.Length) * 0x9E3779B97F4A7C15) >> (64 - Bits));
    }
}
