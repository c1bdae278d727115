using System.Text;
using System.Text.Json;
using Godwit.Brokers;
using Godwit.Json;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Sessions.Frames;

/// <summary>Reads the <c>rooms</c> of <c>hello</c> and of an exchange: names, each with what <c>after</c> takes or with an object of the fields of <c>join</c>.</summary>
internal static class RoomJoinReader
{
    /// <summary>The most names in one object: as many as a connection can be set to read. Each costs more than the octets it came in.</summary>
    public const int MaxRooms = 10_000;

    private const int FewRooms = 128;
    private const int SeenBits = 1024;

    /// <summary>Reads the rooms of an object whose field <c>rooms</c> is given once and is an object.</summary>
    /// <param name="fields">The object; the fault is noted there.</param>
    /// <param name="rooms">The rooms in the order given.</param>
    public static bool TryRead(ref FrameFields fields, List<RoomJoin> rooms)
    {
        Utf8JsonReader reader = fields.Reader(FrameField.Rooms);
        return TryRead(ref reader, fields.Text(FrameField.Rooms), rooms, out FrameFault fault) || fields.Refuse(fault);
    }

    /// <summary>Reads the rooms of an object.</summary>
    /// <param name="reader">Stands on the beginning of the object; afterwards on its end, if there was no fault.</param>
    /// <param name="text">The whole text of the reader.</param>
    /// <param name="rooms">The rooms in the order given.</param>
    /// <param name="fault">What is wrong, if the answer is false.</param>
    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static bool TryRead(ref Utf8JsonReader reader, ReadOnlySpan<byte> text, List<RoomJoin> rooms, out FrameFault fault)
    {
        fault = default;
        Span<ulong> seen = stackalloc ulong[SeenBits / 64];
        seen.Clear();
        HashSet<RoomName>? known = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (rooms.Count == MaxRooms)
            {
                fault = new FrameFault(ErrorCode.FrameInvalid, $"'rooms' has up to {MaxRooms} names.") { Field = "rooms" };
                return false;
            }

            if (!RoomField.TryRead(in reader, out RoomName room))
            {
                fault = new FrameFault(ErrorCode.RoomInvalid, RoomName.Rule) { Field = FieldOf(in reader) };
                return false;
            }

            if (IsTwice(room, rooms, seen, ref known))
            {
                fault = new FrameFault(ErrorCode.FrameInvalid, $"'rooms' may have '{room}' once.") { Field = $"rooms.{room}" };
                return false;
            }

            reader.Read();
            int start = (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.String when AfterField.TryRead(in reader, isBefore: false, out ReadFrom from):
                    rooms.Add(new RoomJoin(room, from, null));
                    break;
                case JsonTokenType.String:
                    fault = new FrameFault(ErrorCode.PositionInvalid, AfterField.Fault($"rooms.{room}", isBefore: false)) { Field = $"rooms.{room}" };
                    return false;
                case JsonTokenType.Null:
                    rooms.Add(new RoomJoin(room, ReadFrom.Now, null));
                    break;
                case JsonTokenType.StartObject:
                    reader.Skip();
                    var join = new FrameFields(text[start..(int)reader.BytesConsumed], path: $"rooms.{room}.");
                    if (!join.TryNote("") || !TryRead(ref join, room, out RoomJoin joined))
                    {
                        fault = join.Fault;
                        return false;
                    }

                    rooms.Add(joined);
                    break;
                default:
                    fault = new FrameFault(ErrorCode.FrameInvalid, $"'rooms.{room}' is {AfterField.Kind}, or an object.") { Field = $"rooms.{room}" };
                    return false;
            }
        }

        return true;
    }

    /// <summary>Reads the fields of <c>join</c> but its room.</summary>
    public static bool TryRead(ref FrameFields fields, RoomName room, out RoomJoin join)
    {
        join = default;
        if (!fields.TryFrom(takesBefore: false, ReadFrom.Now, out ReadFrom from) || !fields.TryDelivery(out Delivery? delivery) || !fields.TryPresent(out PresenceAsked? presence))
        {
            return false;
        }

        join = new RoomJoin(room, from, delivery, presence);
        return true;
    }

    /// <summary>Notes a room, and says whether it was noted before. Mostly the bits tell that it was not.</summary>
    private static bool IsTwice(RoomName room, List<RoomJoin> rooms, Span<ulong> seen, ref HashSet<RoomName>? known)
    {
        uint bit = (uint)room.GetHashCode() % SeenBits;
        ulong mask = 1UL << (int)(bit % 64);
        bool isNew = (seen[(int)(bit / 64)] & mask) == 0;
        seen[(int)(bit / 64)] |= mask;
        if (rooms.Count >= FewRooms)
        {
            known ??= [.. rooms.Select(static join => join.Room)];
            return !known.Add(room);
        }

        for (int i = isNew ? rooms.Count : 0; i < rooms.Count; i++)
        {
            if (rooms[i].Room == room)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The path of a name that is no room's, if it is short.</summary>
    private static string FieldOf(in Utf8JsonReader reader)
    {
        Span<byte> plain = stackalloc byte[RoomName.MaxLength];
        return StringField.Copy(in reader, plain) is > 0 and int length ? $"rooms.{Encoding.UTF8.GetString(plain[..length])}" : "rooms";
    }
}
