using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Access;
using Godwit.Protocol;
using Godwit.Protocol.Json;
using Godwit.Sessions.Frames;

namespace Godwit.Sessions.Exchanges;

/// <summary>Reads the body of an exchange and of a session stream.</summary>
internal static class ExchangeRequestReader
{
    /// <summary>The most items of <c>send</c>. Two octets of the body can be an item, and its answer has a hundred times as many.</summary>
    public const int MaxItems = 1000;

    // What a room with its position takes; it is only for a list that need not grow.
    private const int RoomLength = 40;
    private const int FewRooms = 128;

    /// <summary>Reads the body, or says what is wrong with the whole of it.</summary>
    /// <param name="body">The JSON text.</param>
    /// <param name="request">What it asks for. A fault inside an item of <c>send</c> is that item's.</param>
    /// <param name="fault">What is wrong, where <paramref name="request"/> is null; with line and byte where it is at one place.</param>
    public static bool TryRead(ReadOnlySpan<byte> body, [NotNullWhen(true)] out ExchangeRequest? request, out FrameFault fault)
    {
        request = null;
        if (!JsonText.IsUtf8(body, out JsonFault wrong))
        {
            fault = new FrameFault(wrong.Code, wrong.Detail) { Line = wrong.Line, Byte = wrong.Byte };
            return false;
        }

        var rooms = new List<RoomJoin>(Math.Min(FewRooms, body.Length / RoomLength));
        var fields = new FrameFields(body, rooms: rooms);
        if (fields.TryNote("The body of an exchange")
            && fields.TryCredential(isNeeded: false, out PresentedCredential? credential)
            && fields.TrySession(out string? session)
            && fields.TryWait(out double wait)
            && fields.Takes(FrameField.Send, "an array", JsonTokenType.StartArray)
            && fields.TryRooms()
            && TryReadItems(ref fields, body, out List<ExchangeItem> items))
        {
            request = new ExchangeRequest(credential, session, rooms, items, wait);
            fault = default;
            return true;
        }

        fault = fields.Fault;
        return false;
    }

    private static bool TryReadItems(ref FrameFields fields, ReadOnlySpan<byte> body, out List<ExchangeItem> items)
    {
        items = [];
        if (!fields.Has(FrameField.Send))
        {
            return true;
        }

        int first = fields.Start(FrameField.Send);
        Utf8JsonReader reader = fields.Reader(FrameField.Send);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == MaxItems)
            {
                return fields.Refuse(ErrorCode.FrameInvalid, $"'send' has up to {MaxItems} items.", FrameField.Send);
            }

            int start = first + (int)reader.TokenStartIndex;
            reader.Skip();
            int end = first + (int)reader.BytesConsumed;
            ClientFrameReader.TryRead(body[start..end], body[..start], out ClientFrame? frame, out FrameFault fault);
            items.Add(new ExchangeItem(frame, fault));
        }

        return true;
    }
}
