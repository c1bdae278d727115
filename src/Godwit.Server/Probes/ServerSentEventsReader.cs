using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>Reads server-sent events. The first block carries <c>retry</c> and <c>id</c>, with any verdict other than <c>ok</c> inside it.</summary>
internal sealed class ServerSentEventsReader(ProbeTarget target, ProbeStart start) : HttpAnswerReader(target, start)
{
    private readonly ProbeStart _from = start;
    private readonly EventStreamParser _parser = new();
    private bool _begun;

    /// <inheritdoc/>
    public override ProbeTransport Transport => ProbeTransport.ServerSentEvents;

    /// <inheritdoc/>
    protected override string MediaType => "text/event-stream";

    /// <inheritdoc/>
    protected override HttpRequestMessage Request() => new(HttpMethod.Get, Target.Address(_from.ToString(), Target.LimitQuery, Target.Full ? "full" : ""));

    /// <inheritdoc/>
    protected override void Feed(ReadOnlySpan<byte> octets) => _parser.Feed(octets);

    /// <inheritdoc/>
    protected override ProbeFrame? Take()
    {
        if (_parser.Take() is not { } block)
        {
            return null;
        }

        if (block.Comment is not null)
        {
            return new ProbeFrame(ProbeFrameKind.Heartbeat, block.Raw, Now);
        }

        ProbeFrame frame = _begun ? Later(block) : First(block);
        _begun = true;
        return frame with { Raw = block.Raw, Retry = block.Retry ?? frame.Retry };
    }

    private ProbeFrame First(EventStreamBlock block)
    {
        if (block.Retry is null)
        {
            throw new ContractException("The first block has no 'retry'.", block.Raw);
        }

        if (block.Data is null)
        {
            string position = block.Id ?? throw new ContractException("The first block has no 'id'.", block.Raw);
            ProbeFrameParser.OffsetOf(position);
            return new ProbeFrame(ProbeFrameKind.Joined, block.Raw, Now) { Room = Target.Room, Position = position, Verdict = Verdict.Ok };
        }

        ProbeFrame frame = Control(block);
        return frame.Kind switch
        {
            ProbeFrameKind.Joined when frame.Verdict == Verdict.Ok => throw new ContractException("The verdict ok is not told in the first block.", block.Raw),
            ProbeFrameKind.Joined or ProbeFrameKind.Error or ProbeFrameKind.Drain => frame,
            _ => throw new ContractException("The first block is neither a 'joined' nor a refusal.", block.Raw),
        };
    }

    private ProbeFrame Later(EventStreamBlock block)
    {
        if (block.Event == "godwit")
        {
            return Control(block) is { Kind: not (ProbeFrameKind.Joined or ProbeFrameKind.Entry) } control
                ? control
                : throw new ContractException("A later block of the event godwit is neither a verdict nor control.", block.Raw);
        }

        if (block is not { Id: { } position, Event: { } name, Data: { } data })
        {
            throw new ContractException("A block lacks 'id', 'event' or 'data'.", block.Raw);
        }

        if (EventName.Check(name) is not null)
        {
            throw new ContractException("A block has an event that is refused in a publish.", block.Raw);
        }

        if (!Target.Full)
        {
            ProbeFrameParser.RequireJson(data);
            return new ProbeFrame(ProbeFrameKind.Entry, block.Raw, Now)
            {
                Room = Target.Room,
                Position = position,
                Offset = ProbeFrameParser.OffsetOf(position),
                Event = name,
                Data = data,
            };
        }

        ProbeFrame frame = ProbeFrameParser.Frame(data, Target.Room, Now);
        return frame.Kind == ProbeFrameKind.Entry && frame.Position == position && frame.Event == name
            ? frame
            : throw new ContractException("A block's frame is not an entry with the block's id and event.", block.Raw);
    }

    private ProbeFrame Control(EventStreamBlock block)
    {
        if (block.Event != "godwit" || block.Data is null)
        {
            throw new ContractException("A control block is not of the event godwit with data.", block.Raw);
        }

        ProbeFrame frame = ProbeFrameParser.Frame(block.Data, Target.Room, Now);
        return block.Id == frame.Position
            ? frame
            : throw new ContractException("A block's id is not the position of its frame.", block.Raw);
    }
}
