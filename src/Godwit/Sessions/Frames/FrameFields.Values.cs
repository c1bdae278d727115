using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Godwit.Access;
using Godwit.Brokers;
using Godwit.Json;
using Godwit.Presence;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Godwit.Rooms;

namespace Godwit.Sessions.Frames;

/// <summary>What the fields say. Each of these takes an absent field for its default, and notes the fault where the answer is false.</summary>
internal ref partial struct FrameFields
{
    /// <summary>The most entries of a page, and the most of <c>last</c>.</summary>
    private const int MaxEntries = 1000;

    private const int DefaultLimit = 100;
    private const int MaxSession = 512;

    /// <summary>Whether a field is given at most once, and of one of the types; what an absent one is, the caller says.</summary>
    public bool Takes(FrameField field, string kind, JsonTokenType type, JsonTokenType or = JsonTokenType.None)
    {
        Slot slot = _slots[(int)field];
        if (!slot.IsGiven)
        {
            return true;
        }

        string name = FrameFieldNames.Text(field);
        if (slot.IsTwice)
        {
            return Refuse(ErrorCode.FrameInvalid, $"'{name}' may be given once.", field);
        }

        return slot.Token == type || (or != JsonTokenType.None && slot.Token == or)
            || Refuse(ErrorCode.FrameInvalid, $"'{name}' is {kind}.", field);
    }

    /// <summary>The op of a frame.</summary>
    public bool TryOp(out string op)
    {
        op = "";
        if (!Takes(FrameField.Op, "a string", JsonTokenType.String))
        {
            return false;
        }

        if (!Has(FrameField.Op))
        {
            return Refuse(ErrorCode.FrameInvalid, "A frame has an 'op'.", FrameField.Op);
        }

        Utf8JsonReader reader = Reader(FrameField.Op);
        Span<byte> plain = stackalloc byte[16];
        if (StringField.Copy(in reader, plain) is >= 0 and int length)
        {
            op = FrameOps.Find(plain[..length]);
        }

        return op.Length > 0
            || Refuse(ErrorCode.OpUnknown, $"The ops are {FrameOps.List}.", FrameField.Op);
    }

    /// <summary>The id of a frame.</summary>
    public bool TryId(out FrameId id)
    {
        id = default;
        if (!Takes(FrameField.Id, FrameId.Rule, JsonTokenType.String, JsonTokenType.Number))
        {
            return false;
        }

        if (!Has(FrameField.Id))
        {
            return true;
        }

        ReadOnlySpan<byte> text = Text(FrameField.Id);
        if (text[0] == '"')
        {
            Utf8JsonReader reader = Reader(FrameField.Id);
            int length = FrameId.Length(in reader, out bool isHalf);
            if (isHalf)
            {
                return Refuse(ErrorCode.DataSurrogate, "'id' has half of a surrogate pair.", FrameField.Id);
            }

            if (length is 0 or > FrameId.MaxLength)
            {
                return Refuse(ErrorCode.FrameInvalid, $"'id' is {FrameId.Rule}.", FrameField.Id);
            }
        }
        else if (text.Length > FrameId.MaxLength)
        {
            return Refuse(ErrorCode.FrameInvalid, $"'id' is {FrameId.Rule}.", FrameField.Id);
        }

        id = new FrameId(text.ToArray());
        return true;
    }

    /// <summary>The room of a frame that has to name one.</summary>
    public bool TryRoom(out RoomName room)
    {
        room = default;
        if (!Takes(FrameField.Room, "a string", JsonTokenType.String))
        {
            return false;
        }

        if (!Has(FrameField.Room))
        {
            return Refuse(ErrorCode.FrameInvalid, "'room' is missing.", FrameField.Room);
        }

        Utf8JsonReader reader = Reader(FrameField.Room);
        return RoomField.TryRead(in reader, out room) || Refuse(ErrorCode.RoomInvalid, RoomName.Rule, FrameField.Room);
    }

    /// <summary>The room of a frame if it can be made out, whatever else is wrong.</summary>
    public readonly string? RoomOrNull()
    {
        Slot slot = _slots[(int)FrameField.Room];
        if (slot.Token != JsonTokenType.String || slot.IsTwice)
        {
            return null;
        }

        Utf8JsonReader reader = Reader(FrameField.Room);
        return RoomField.TryRead(in reader, out RoomName room) ? room.ToString() : null;
    }

    /// <summary>Where reading begins: <c>after</c>, <c>last</c> and, for a page, <c>before</c>.</summary>
    public bool TryFrom(bool takesBefore, ReadFrom otherwise, out ReadFrom from)
    {
        from = otherwise;
        if (!Takes(FrameField.After, AfterField.Kind, JsonTokenType.String)
            || !Takes(FrameField.Last, LastKind, JsonTokenType.Number)
            || (takesBefore && !Takes(FrameField.Before, "a position", JsonTokenType.String)))
        {
            return false;
        }

        bool hasAfter = Has(FrameField.After);
        bool hasLast = Has(FrameField.Last);
        bool hasBefore = takesBefore && Has(FrameField.Before);
        if ((hasAfter ? 1 : 0) + (hasLast ? 1 : 0) + (hasBefore ? 1 : 0) > 1)
        {
            string names = takesBefore ? "'after', 'before' and 'last'" : "'after' and 'last'";
            return Refuse(ErrorCode.ParameterConflict, $"{names} say where to begin: give one of them.", null);
        }

        if (hasLast)
        {
            if (!TryCount(FrameField.Last, ErrorCode.LastInvalid, out int last))
            {
                return false;
            }

            from = ReadFrom.Last(last);
            return true;
        }

        if (!hasAfter && !hasBefore)
        {
            return true;
        }

        FrameField field = hasAfter ? FrameField.After : FrameField.Before;
        Utf8JsonReader reader = Reader(field);
        return AfterField.TryRead(in reader, hasBefore, out from)
            || Refuse(ErrorCode.PositionInvalid, AfterField.Fault(FrameFieldNames.Text(field), hasBefore), field);
    }

    /// <summary>The most entries of a page.</summary>
    public bool TryLimit(out int limit)
    {
        limit = DefaultLimit;
        return Takes(FrameField.Limit, LastKind, JsonTokenType.Number)
            && (!Has(FrameField.Limit) || TryCount(FrameField.Limit, ErrorCode.LimitInvalid, out limit));
    }

    /// <summary>What is delivered of a room that is joined; null is the room's own.</summary>
    public bool TryDelivery(out Delivery? delivery)
    {
        const string kind = "'all' or 'latest'";
        delivery = null;
        if (!Takes(FrameField.Delivery, kind, JsonTokenType.String))
        {
            return false;
        }

        if (!Has(FrameField.Delivery))
        {
            return true;
        }

        Utf8JsonReader reader = Reader(FrameField.Delivery);
        Span<byte> plain = stackalloc byte[8];
        int length = StringField.Copy(in reader, plain);
        plain = length < 0 ? default : plain[..length];
        delivery = plain.SequenceEqual("all"u8) ? Delivery.All : plain.SequenceEqual("latest"u8) ? Delivery.Latest : null;
        return delivery is not null || Refuse(ErrorCode.ParameterInvalid, $"'delivery' is {kind}.", FrameField.Delivery);
    }

    /// <summary>What the client wants of the members of a room that it joins; null where it wants nothing.</summary>
    public bool TryPresent(out PresenceAsked? asked)
    {
        asked = null;
        if (!Takes(FrameField.Present, "true or false", JsonTokenType.True, JsonTokenType.False) || !TryState(out byte[]? state))
        {
            return false;
        }

        JsonTokenType present = _slots[(int)FrameField.Present].Token;
        if (state is not null && present != JsonTokenType.True)
        {
            return Refuse(ErrorCode.FrameInvalid, "'state' is what a member says of itself: join with 'present' true.", FrameField.State);
        }

        asked = present == JsonTokenType.None ? null : new PresenceAsked(present == JsonTokenType.True, state);
        return true;
    }

    /// <summary>What a member says of itself, without insignificant white space; null where it says nothing.</summary>
    public bool TryState(out byte[]? state)
    {
        state = null;
        if (_slots[(int)FrameField.State].IsTwice)
        {
            return Refuse(ErrorCode.FrameInvalid, "'state' may be given once.", FrameField.State);
        }

        if (!Has(FrameField.State))
        {
            return true;
        }

        var reader = new Utf8JsonReader(Text(FrameField.State), Options);
        return JsonText.TryReadValue(ref reader, Text(FrameField.State), out state, out JsonFault fault) || Refuse(fault.Code, fault.Detail, FrameField.State);
    }

    /// <summary>The place behind which a page of members begins; null for the first.</summary>
    public bool TryCursor(out UInt128? after)
    {
        const string kind = "what the page before gave as its 'cursor'";
        after = null;
        if (!Takes(FrameField.Cursor, kind, JsonTokenType.String))
        {
            return false;
        }

        if (!Has(FrameField.Cursor))
        {
            return true;
        }

        Utf8JsonReader reader = Reader(FrameField.Cursor);
        Span<byte> plain = stackalloc byte[32];
        if (StringField.Copy(in reader, plain) != 32 || !UInt128.TryParse(plain, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 session))
        {
            return Refuse(ErrorCode.ParameterInvalid, $"'cursor' is {kind}.", FrameField.Cursor);
        }

        after = session;
        return true;
    }

    /// <summary>The event of a publish or a request.</summary>
    public bool TryEvent(out string name)
    {
        name = EventName.Default;
        if (!Takes(FrameField.Event, "a string", JsonTokenType.String))
        {
            return false;
        }

        if (!Has(FrameField.Event))
        {
            return true;
        }

        Utf8JsonReader reader = Reader(FrameField.Event);
        return PublishFields.ReadEvent(in reader, out name) is not { } wrong || Refuse(wrong, PublishRules.Event(wrong), FrameField.Event);
    }

    /// <summary>The idempotency key of a publish.</summary>
    public bool TryKey(out string? key)
    {
        key = null;
        if (!Takes(FrameField.Key, "a string", JsonTokenType.String))
        {
            return false;
        }

        if (!Has(FrameField.Key))
        {
            return true;
        }

        Utf8JsonReader reader = Reader(FrameField.Key);
        return PublishFields.ReadKey(in reader, out key) is not { } wrong || Refuse(wrong, PublishRules.Key(wrong), FrameField.Key);
    }

    /// <summary>The JSON of <c>data</c>, as it is stored; null where it is absent.</summary>
    public bool TryData(out byte[]? data)
    {
        data = _data;
        if (_slots[(int)FrameField.Data].IsTwice)
        {
            return Refuse(ErrorCode.FrameInvalid, "'data' may be given once.", FrameField.Data);
        }

        return _dataFault is not { } fault || Refuse(fault, FrameField.Data);
    }

    /// <summary>What a publish stores: exactly one of <c>data</c> and <c>bytes</c>.</summary>
    public bool TryContent(string name, out EntryContent content)
    {
        content = default;
        if (!TryData(out byte[]? data) || !Takes(FrameField.Bytes, Base64Field.Rule, JsonTokenType.String))
        {
            return false;
        }

        bool isBytes = Has(FrameField.Bytes);
        if (data is null != isBytes)
        {
            return Refuse(ErrorCode.FrameInvalid, "A publish has either 'data' or 'bytes'.", null);
        }

        if (isBytes)
        {
            Utf8JsonReader reader = Reader(FrameField.Bytes);
            data = Base64Field.Read(ref reader);
            if (data is null)
            {
                return Refuse(ErrorCode.DataBase64, $"'bytes' is {Base64Field.Rule}.", FrameField.Bytes);
            }
        }

        content = new EntryContent(name, data!, isBytes, From: null);
        return true;
    }

    /// <summary>The credential: at most one of <c>token</c> and <c>ticket</c>; null where there is none.</summary>
    public bool TryCredential(bool isNeeded, out PresentedCredential? credential)
    {
        credential = null;
        if (!Takes(FrameField.Token, "a string", JsonTokenType.String) || !Takes(FrameField.Ticket, "a string", JsonTokenType.String))
        {
            return false;
        }

        bool hasToken = Has(FrameField.Token);
        bool hasTicket = Has(FrameField.Ticket);
        if (hasToken && hasTicket)
        {
            return Refuse(ErrorCode.ParameterConflict, "'token' and 'ticket' both say who it is: give one of them.", null);
        }

        if (!hasToken && !hasTicket)
        {
            return !isNeeded || Refuse(ErrorCode.FrameInvalid, "'token' or 'ticket' is missing.", null);
        }

        FrameField field = hasToken ? FrameField.Token : FrameField.Ticket;
        Utf8JsonReader reader = Reader(field);
        byte[] plain = ArrayPool<byte>.Shared.Rent(PresentedCredential.MaxLength);
        int length = StringField.Copy(in reader, plain.AsSpan(0, PresentedCredential.MaxLength));
        string? text = length > 0 && Ascii.IsValid(plain.AsSpan(0, length)) ? Encoding.ASCII.GetString(plain.AsSpan(0, length)) : null;
        ArrayPool<byte>.Shared.Return(plain, clearArray: true);
        if (text is null)
        {
            return Refuse(ErrorCode.FrameInvalid, $"'{FrameFieldNames.Text(field)}' is 1 to {PresentedCredential.MaxLength} ASCII characters.", field);
        }

        credential = new PresentedCredential(hasToken ? CredentialKind.Token : CredentialKind.Ticket, text);
        return true;
    }

    /// <summary>The session that the client goes on with; null where it gives none, or what cannot be one.</summary>
    public bool TrySession(out string? session)
    {
        session = null;
        if (!Takes(FrameField.Session, "a string", JsonTokenType.String))
        {
            return false;
        }

        if (Has(FrameField.Session))
        {
            Utf8JsonReader reader = Reader(FrameField.Session);
            Span<byte> plain = stackalloc byte[MaxSession];
            int length = StringField.Copy(in reader, plain);
            if (length > 0 && !plain[..length].ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            {
                session = Encoding.ASCII.GetString(plain[..length]);
            }
        }

        return true;
    }

    /// <summary>The rooms of an exchange, which were read as they were noted.</summary>
    public bool TryRooms() =>
        Takes(FrameField.Rooms, "an object", JsonTokenType.StartObject) && (_roomsFault is not { } fault || Refuse(fault));

    /// <summary>How long an exchange may be held, in seconds; 0 where it does not say.</summary>
    public bool TryWait(out double seconds)
    {
        const string kind = "a number of seconds, 0 or more, decimals allowed";
        seconds = 0;
        if (!Takes(FrameField.Wait, kind, JsonTokenType.Number))
        {
            return false;
        }

        if (!Has(FrameField.Wait))
        {
            return true;
        }

        seconds = Number(FrameField.Wait);
        return seconds >= 0 || Refuse(ErrorCode.WaitInvalid, $"'wait' is {kind}.", FrameField.Wait);
    }

    private static string LastKind => $"a number of entries, 1 to {MaxEntries}";

    private bool TryCount(FrameField field, ErrorCode code, out int count)
    {
        // 10.0 and 1e1 are 10: what a writer makes of a whole number is not the client's choice in every language.
        double number = Number(field);
        count = number is >= 1 and <= MaxEntries && number == Math.Floor(number) ? (int)number : 0;
        return count > 0 || Refuse(code, $"'{FrameFieldNames.Text(field)}' is {LastKind}.", field);
    }

    private readonly double Number(FrameField field) =>
        Utf8Parser.TryParse(Text(field), out double number, out _) ? number : double.NaN;
}
