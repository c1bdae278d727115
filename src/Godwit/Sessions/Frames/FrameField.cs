namespace Godwit.Sessions.Frames;

/// <summary>The fields of clients' frames and of an exchange. The name of each on the wire is its own in lower case.</summary>
internal enum FrameField
{
    None,
    Op,
    Id,
    Room,
    After,
    Last,
    Before,
    Limit,
    Delivery,
    Present,
    State,
    Cursor,
    Event,
    Data,
    Bytes,
    Key,
    Token,
    Ticket,
    Session,
    Rooms,
    Send,
    Wait,
}
