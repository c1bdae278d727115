using System.Text;

namespace Godwit.Server.Probes;

/// <summary>Reads rooms from the stream of a session exchange: one frame is the data of one block, a comment is a heartbeat.</summary>
internal sealed class SessionStreamReader : HttpAnswerReader, ISessionReader
{
    private readonly EventStreamParser _parser = new();
    private readonly SessionRooms _rooms;
    private readonly SessionFrames _frames;

    public SessionStreamReader(ProbeTarget target, SessionRooms rooms)
        : base(target, rooms.StartOf(target.Room))
    {
        _rooms = rooms;
        _frames = new SessionFrames(rooms);
    }

    /// <inheritdoc/>
    public override ProbeTransport Transport => ProbeTransport.SessionStream;

    /// <inheritdoc/>
    public SessionWelcome? Welcome => _frames.Welcome;

    /// <inheritdoc/>
    protected override string MediaType => "text/event-stream";

    /// <inheritdoc/>
    protected override HttpRequestMessage Request() => new(HttpMethod.Post, Target.SessionAddress)
    {
        Content = new StringContent("{" + SessionRooms.Members(_rooms.ToString(), Target.Session) + "}", Encoding.UTF8, "application/json"),
    };

    /// <inheritdoc/>
    protected override void Feed(ReadOnlySpan<byte> octets) => _parser.Feed(octets);

    /// <inheritdoc/>
    protected override ProbeFrame? Take()
    {
        while (_parser.Take() is { } block)
        {
            if (block.Comment is not null)
            {
                return new ProbeFrame(ProbeFrameKind.Heartbeat, block.Raw, Now);
            }

            if (block is not { Data: { } data, Id: null, Event: null, Retry: null })
            {
                throw new ContractException("A block of a session has 'data' and nothing else.", block.Raw);
            }

            if (_frames.Read(data, Now) is { } frame)
            {
                return frame;
            }
        }

        return null;
    }
}
