using System.Text.Json;
using Godwit.Access;
using Godwit.AspNetCore.Problems;
using Godwit.Brokers;
using Godwit.Json;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Godwit.Rooms;

namespace Godwit.AspNetCore.Requests;

/// <summary>Reads a line of a publish stream: <c>{"room" or "rooms", "event"?, "data" or "bytes", "key"?}</c>.</summary>
internal ref struct PublishLineReader
{
    /// <summary>The most rooms of a line.</summary>
    public const int MaxRooms = 100;

    private const int LongestName = 5;

    // The object of the line, what JsonText allows below it, and the one level by which it notices more.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonText.MaxDepth + 2 };

    private readonly ReadOnlySpan<byte> _line;
    private readonly long _number;
    private readonly RecentDestinations _recent;
    private readonly Caller _caller;
    private Utf8JsonReader _reader;
    private Field _given;
    private Destination? _room;
    private List<Destination>? _rooms;
    private string _event = EventName.Default;
    private string? _key;
    private byte[]? _data;
    private bool _isBytes;
    private Problem _problem;

    private PublishLineReader(ReadOnlySpan<byte> line, long number, RecentDestinations recent, Caller caller)
    {
        _caller = caller;
        _number = number;
        _line = line;
        _recent = recent;
        _reader = new Utf8JsonReader(line, Options);
    }

    [Flags]
    private enum Field
    {
        None = 0,
        Room = 1,
        Rooms = 2,
        Event = 4,
        Data = 8,
        Bytes = 16,
        Key = 32,
    }

    /// <summary>Reads the line.</summary>
    /// <param name="line">The line without its LF.</param>
    /// <param name="number">Its number in the body, from 1.</param>
    /// <param name="recent">Rooms that are known.</param>
    /// <param name="caller">Who publishes.</param>
    /// <param name="publish">What it asks for.</param>
    /// <param name="problem">What is wrong, if the answer is false.</param>
    public static bool TryRead(ReadOnlySpan<byte> line, long number, RecentDestinations recent, Caller caller, out PublishLine publish, out Problem problem)
    {
        publish = default;
        var read = new PublishLineReader(line, number, recent, caller);
        if (!JsonText.IsUtf8(line, out JsonFault fault))
        {
            problem = read.At(fault.Code, fault.Byte, fault.Reason);
            return false;
        }

        try
        {
            if (read.TryReadFields() && read.IsWhole())
            {
                var content = new EntryContent(read._event, read._data!, read._isBytes, From: null);
                publish = new PublishLine { Room = read._room, Rooms = read._rooms, Content = content, Key = read._key };
                problem = default;
                return true;
            }

            problem = read._problem;
        }
        catch (JsonException wrong)
        {
            fault = JsonText.NotJson(line, wrong);
            problem = read.At(ErrorCode.LineInvalid, fault.Byte, fault.Reason);
        }

        return false;
    }

    private readonly Problem At(ErrorCode code, int octet, string reason) =>
        new(code, $"Line {_number}, byte {octet}: {reason.TrimEnd('.')}.") { Line = _number, Byte = octet };

    private bool TryReadFields()
    {
        _reader.Read();
        if (_reader.TokenType != JsonTokenType.StartObject)
        {
            return Refuse(ErrorCode.LineInvalid, "a publish is a JSON object");
        }

        while (_reader.Read() && _reader.TokenType == JsonTokenType.PropertyName)
        {
            Field field = Name();
            if ((_given & field) != 0)
            {
                return Refuse(ErrorCode.LineInvalid, $"'{Text(field)}' may be given once");
            }

            bool taken = field switch
            {
                Field.Data => TryReadData(),
                Field.None => TrySkip(),
                _ => TryReadField(field),
            };
            if (!taken)
            {
                return false;
            }
        }

        _reader.Read(); // Throws if something follows the object.
        return true;
    }

    private bool IsWhole()
    {
        if ((_given & Field.Room) != 0 == ((_given & Field.Rooms) != 0))
        {
            _problem = new Problem(ErrorCode.LineInvalid, $"Line {_number}: a publish has either 'room' or 'rooms'.") { Line = _number };
            return false;
        }

        if ((_given & Field.Data) != 0 == ((_given & Field.Bytes) != 0))
        {
            _problem = new Problem(ErrorCode.LineInvalid, $"Line {_number}: a publish has either 'data' or 'bytes'.") { Line = _number };
            return false;
        }

        return true;
    }

    private readonly Field Name()
    {
        if (!_reader.ValueIsEscaped)
        {
            return Find(_reader.ValueSpan);
        }

        Span<byte> plain = stackalloc byte[LongestName];
        return StringField.Copy(in _reader, plain) is >= 0 and int length ? Find(plain[..length]) : Field.None;
    }

    private static Field Find(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("key"u8) => Field.Key,
        4 when name.SequenceEqual("data"u8) => Field.Data,
        4 when name.SequenceEqual("room"u8) => Field.Room,
        5 when name.SequenceEqual("event"u8) => Field.Event,
        5 when name.SequenceEqual("rooms"u8) => Field.Rooms,
        5 when name.SequenceEqual("bytes"u8) => Field.Bytes,
        _ => Field.None,
    };

    private bool TryReadData()
    {
        _given |= Field.Data;
        if (JsonText.TryReadValue(ref _reader, _line, out byte[]? data, out JsonFault fault))
        {
            _data ??= data;
            return true;
        }

        _problem = At(fault.Code, fault.Byte, fault.Reason);
        return false;
    }

    private bool TrySkip()
    {
        if (JsonText.TrySkipValue(ref _reader, _line, out JsonFault fault))
        {
            return true;
        }

        _problem = At(fault.Code, fault.Byte, fault.Reason);
        return false;
    }

    private bool TryReadField(Field field)
    {
        _reader.Read();
        JsonTokenType token = _reader.TokenType;
        if (token == JsonTokenType.Null)
        {
            return true; // Many writers give null for what is absent.
        }

        _given |= field;
        if (field == Field.Rooms)
        {
            return TryReadRooms();
        }

        if (token != JsonTokenType.String)
        {
            return Refuse(ErrorCode.LineInvalid, $"'{Text(field)}' is a string");
        }

        return field switch
        {
            Field.Room => TryReadRoom(out _room),
            Field.Event => TryReadEvent(),
            Field.Key => TryReadKey(),
            _ => TryReadBytes(),
        };
    }

    private bool TryReadRooms()
    {
        if (_reader.TokenType != JsonTokenType.StartArray)
        {
            return Refuse(ErrorCode.LineInvalid, "'rooms' is an array of strings");
        }

        _rooms = [];
        while (_reader.Read() && _reader.TokenType == JsonTokenType.String)
        {
            if (_rooms.Count == MaxRooms)
            {
                return Refuse(ErrorCode.LineInvalid, $"'rooms' has up to {MaxRooms} rooms");
            }

            if (!TryReadRoom(out Destination? room))
            {
                return false;
            }

            foreach (Destination other in _rooms)
            {
                if (other.Name == room!.Name)
                {
                    return Refuse(ErrorCode.LineInvalid, "'rooms' has this room twice");
                }
            }

            _rooms.Add(room!);
        }

        return _reader.TokenType == JsonTokenType.EndArray && _rooms.Count > 0
            || Refuse(ErrorCode.LineInvalid, "'rooms' is an array of one or more strings");
    }

    private bool TryReadRoom(out Destination? room)
    {
        Span<byte> plain = stackalloc byte[RoomName.MaxLength];
        room = StringField.Copy(in _reader, plain) is >= 0 and int length ? _recent.Find(plain[..length]) : null;
        return room is not null || Refuse(ErrorCode.RoomInvalid, RoomName.Rule);
    }

    private bool TryReadEvent()
    {
        return PublishFields.ReadEvent(in _reader, out _event) is not { } wrong || Refuse(wrong, PublishRules.Event(wrong));
    }

    private bool TryReadKey() =>
        (PublishFields.ReadKey(in _reader, out _key) ?? (PublishRules.IsWeak(_key, _caller) ? ErrorCode.KeyWeak : null)) is not { } wrong || Refuse(wrong, PublishRules.Key(wrong));

    private bool TryReadBytes()
    {
        _data = Base64Field.Read(ref _reader);
        _isBytes = true;
        return _data is not null || Refuse(ErrorCode.DataBase64, $"'bytes' is {Base64Field.Rule}");
    }

    private static string Text(Field field) => field.ToString().ToLowerInvariant();

    private bool Refuse(ErrorCode code, string reason)
    {
        _problem = At(code, (int)_reader.TokenStartIndex + 1, reason);
        return false;
    }
}
