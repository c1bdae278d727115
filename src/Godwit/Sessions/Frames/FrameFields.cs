using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Godwit.Protocol;
using Godwit.Protocol.Json;

namespace Godwit.Sessions.Frames;

/// <summary>Where the fields of one JSON object of a client stand: noted in one pass, so that their order has no meaning, and looked at when the op is known.</summary>
internal ref partial struct FrameFields
{
    // The object, what JsonText allows below it, and the one level by which it notices more.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonText.MaxDepth + 2 };

    private static readonly JsonReaderOptions Deep = new() { MaxDepth = int.MaxValue };

    private readonly ReadOnlySpan<byte> _text;
    private readonly ReadOnlySpan<byte> _before;
    private readonly string _path;
    private readonly List<RoomJoin>? _rooms;
    private FrameFault? _roomsFault;
    private Slots _slots;
    private byte[]? _data;
    private JsonFault? _dataFault;
    private FrameFault _fault;

    /// <summary>Begins with an object; <see cref="TryNote"/> notes its fields.</summary>
    /// <param name="text">The JSON text of the object; it is UTF-8.</param>
    /// <param name="before">What stands before it in the text that the client sent: lines and octets are counted from there.</param>
    /// <param name="path">What comes before the name of a field when a fault is told, with its dot.</param>
    /// <param name="rooms">
    /// Where the rooms of an exchange go, if it is the body of one: they are most of it and are read as they are noted. Then
    /// <c>send</c> may be as deep as it likes, since each frame in it is looked at by itself.
    /// </param>
    public FrameFields(ReadOnlySpan<byte> text, ReadOnlySpan<byte> before = default, string path = "", List<RoomJoin>? rooms = null)
    {
        _rooms = rooms;
        _text = text;
        _before = before;
        _path = path;
    }

    /// <summary>The first fault that was found.</summary>
    public readonly FrameFault Fault => _fault;

    private readonly bool IsExchange => _rooms is not null;

    /// <summary>Whether a field is there and not null.</summary>
    public readonly bool Has(FrameField field) => _slots[(int)field].IsGiven;

    /// <summary>Notes the fields. What was noted before a fault can be looked at all the same.</summary>
    /// <param name="what">What the object is, for the fault where it is none: "A frame".</param>
    public bool TryNote(string what)
    {
        var reader = new Utf8JsonReader(_text, IsExchange ? Deep : Options);
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return Refuse(ErrorCode.FrameInvalid, $"{what} is a JSON object.", null);
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                FrameField field = FrameFieldNames.Find(in reader);
                if (!(field == FrameField.Data && _data is null && _dataFault is null ? TryNoteData(ref reader) : TryNoteField(ref reader, field)))
                {
                    return false;
                }
            }

            reader.Read(); // Throws if something follows the object.
            return true;
        }
        catch (JsonException wrong)
        {
            return Refuse(JsonText.NotJson(_text, wrong), null);
        }
    }

    /// <summary>The text of a field as it stands there.</summary>
    public readonly ReadOnlySpan<byte> Text(FrameField field) => _text[_slots[(int)field].Start.._slots[(int)field].End];

    /// <summary>What stands before a field in the text that the client sent; for the object in it.</summary>
    public readonly int Start(FrameField field) => _slots[(int)field].Start;

    /// <summary>A reader that stands on the first token of a field.</summary>
    public readonly Utf8JsonReader Reader(FrameField field)
    {
        var reader = new Utf8JsonReader(Text(field), IsExchange ? Deep : Options);
        reader.Read();
        return reader;
    }

    /// <summary>Notes a fault; always false.</summary>
    public bool Refuse(ErrorCode code, string detail, FrameField? field) =>
        Refuse(new FrameFault(code, detail) { Field = field is { } at ? _path + FrameFieldNames.Text(at) : null });

    /// <summary>Notes a fault; always false.</summary>
    public bool Refuse(in FrameFault fault)
    {
        _fault = fault;
        return false;
    }

    /// <summary>Notes a fault of the JSON itself; always false.</summary>
    private bool Refuse(in JsonFault fault, FrameField? field)
    {
        JsonFault told = fault.Behind(_before);
        Refuse(told.Code, told.Detail, field);
        _fault = _fault with { Line = told.Line, Byte = told.Byte };
        return false;
    }

    private bool TryNoteData(ref Utf8JsonReader reader)
    {
        ref Slot slot = ref _slots[(int)FrameField.Data];
        Utf8JsonReader value = reader;
        if (JsonText.TryReadValue(ref reader, _text, out _data, out JsonFault fault))
        {
            slot = new Slot((int)reader.BytesConsumed - 1, (int)reader.BytesConsumed, reader.TokenType);
            return true;
        }

        if (fault.Code != ErrorCode.DataSurrogate)
        {
            return Refuse(fault, fault.Code == ErrorCode.DataDepth ? FrameField.Data : null);
        }

        // Told only if the op takes data.
        _dataFault = fault;
        reader = value;
        return TryNoteField(ref reader, FrameField.Data);
    }

    private bool TryNoteField(ref Utf8JsonReader reader, FrameField field)
    {
        Utf8JsonReader first = reader;
        if (field == FrameField.Rooms && IsExchange && TryNoteRooms(ref reader))
        {
            return true;
        }

        if (field == FrameField.Send && IsExchange)
        {
            reader.Skip();
        }
        else if (!JsonText.TrySkipValue(ref reader, _text, out JsonFault fault))
        {
            return Refuse(fault, field == FrameField.None ? null : field);
        }

        if (field == FrameField.None)
        {
            return true;
        }

        first.Read();

        // Many writers give null for what is absent; as data it is data.
        if (first.TokenType == JsonTokenType.Null && field != FrameField.Data)
        {
            return true;
        }

        ref Slot slot = ref _slots[(int)field];
        if (slot.IsGiven)
        {
            slot.IsTwice = true;
            return true;
        }

        slot = new Slot((int)first.TokenStartIndex, (int)reader.BytesConsumed, first.TokenType);
        return true;
    }

    /// <summary>Reads the rooms of an exchange. A fault is told when the turn comes to them, and what stands behind them is noted before.</summary>
    private bool TryNoteRooms(ref Utf8JsonReader reader)
    {
        ref Slot slot = ref _slots[(int)FrameField.Rooms];
        Utf8JsonReader ahead = reader;
        ahead.Read();
        if (slot.IsGiven || ahead.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }

        int start = (int)ahead.TokenStartIndex;
        if (!RoomJoinReader.TryRead(ref ahead, _text, _rooms!, out FrameFault fault))
        {
            _roomsFault = fault;
            return false;
        }

        slot = new Slot(start, (int)ahead.BytesConsumed, JsonTokenType.StartObject);
        reader = ahead;
        return true;
    }

    private struct Slot(int start, int end, JsonTokenType token)
    {
        public readonly int Start = start;
        public readonly int End = end;
        public readonly JsonTokenType Token = token;
        public bool IsTwice;

        public readonly bool IsGiven => End > 0;
    }

    [InlineArray(FrameFieldNames.Count)]
    [SuppressMessage("Style", "IDE0044", Justification = "An inline array is its first field.")]
    private struct Slots
    {
        private Slot _first;
    }
}
