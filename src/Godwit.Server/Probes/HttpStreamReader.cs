namespace Godwit.Server.Probes;

/// <summary>Reads NDJSON: one frame a line, a blank line is a heartbeat. A line that is not complete when the answer ends was not received.</summary>
internal sealed class HttpStreamReader(ProbeTarget target, ProbeStart start) : HttpAnswerReader(target, start)
{
    private readonly ProbeStart _from = start;
    private readonly List<byte> _line = [];
    private readonly Queue<ProbeFrame> _frames = new();
    private bool _joined;

    /// <inheritdoc/>
    public override ProbeTransport Transport => ProbeTransport.HttpStream;

    /// <inheritdoc/>
    protected override string MediaType => "application/x-ndjson";

    /// <inheritdoc/>
    protected override HttpRequestMessage Request() => new(HttpMethod.Get, Target.Address(_from.ToString(), Target.LimitQuery));

    /// <inheritdoc/>
    protected override void Feed(ReadOnlySpan<byte> octets)
    {
        while (octets.IndexOf((byte)'\n') is var end and >= 0)
        {
            _line.AddRange(octets[..end]);
            octets = octets[(end + 1)..];
            string line = ProbeConnection.Text([.. _line]);
            _line.Clear();
            _frames.Enqueue(Read(line));
        }

        _line.AddRange(octets);
    }

    /// <inheritdoc/>
    protected override ProbeFrame? Take() => _frames.TryDequeue(out ProbeFrame? frame) ? frame : null;

    private ProbeFrame Read(string line)
    {
        if (line.Length == 0)
        {
            return new ProbeFrame(ProbeFrameKind.Heartbeat, line, Now);
        }

        ProbeFrame frame = ProbeFrameParser.Frame(line, Target.Room, Now);
        JoinedFirst.Check(frame, ref _joined);
        return frame;
    }
}
