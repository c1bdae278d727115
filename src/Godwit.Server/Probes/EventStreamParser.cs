using System.Globalization;
using System.Text;

namespace Godwit.Server.Probes;

/// <summary>Reads an event stream as the WHATWG HTML standard says (§9.2.6): lines end by CR, LF or CRLF; a block ends by an empty line; what is not complete at the end is dropped.</summary>
internal sealed class EventStreamParser
{
    private readonly List<byte> _line = [];
    private readonly StringBuilder _raw = new();
    private readonly Queue<EventStreamBlock> _blocks = new();
    private StringBuilder? _data;
    private string? _id;
    private string? _event;
    private int? _retry;
    private bool _afterReturn;
    private bool _begun;

    /// <summary>Takes in what arrived, cut anywhere.</summary>
    public void Feed(ReadOnlySpan<byte> octets)
    {
        foreach (byte octet in octets)
        {
            bool ends = octet is (byte)'\r' || (octet is (byte)'\n' && !_afterReturn);
            if (ends)
            {
                Line(ProbeConnection.Text([.. _line]));
                _line.Clear();
            }
            else if (octet != (byte)'\n')
            {
                _line.Add(octet);
            }

            _afterReturn = octet == (byte)'\r';
        }
    }

    /// <summary>The next block or comment of what arrived.</summary>
    public EventStreamBlock? Take() => _blocks.TryDequeue(out EventStreamBlock? block) ? block : null;

    private void Line(string line)
    {
        if (!_begun)
        {
            // One byte order mark may stand at the very beginning.
            line = line.Length > 0 && line[0] == '\uFEFF' ? line[1..] : line;
            _begun = true;
        }

        if (line.Length == 0)
        {
            Dispatch();
            return;
        }

        if (line[0] == ':')
        {
            _blocks.Enqueue(new EventStreamBlock(line + "\n", line[1..], null, null, null, null));
            return;
        }

        _raw.Append(line).Append('\n');
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        string field = colon < 0 ? line : line[..colon];
        string value = colon < 0 ? "" : line[(colon + 1)..];
        value = value.StartsWith(' ') ? value[1..] : value;
        switch (field)
        {
            case "data":
                _data = _data is null ? new StringBuilder(value) : _data.Append('\n').Append(value);
                break;
            case "id" when !value.Contains('\0', StringComparison.Ordinal):
                _id = value;
                break;
            case "event":
                _event = value;
                break;
            case "retry" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int retry):
                _retry = retry;
                break;
            default:
                // An EventSource ignores other fields.
                break;
        }
    }

    private void Dispatch()
    {
        if (_raw.Length > 0)
        {
            _blocks.Enqueue(new EventStreamBlock(_raw.ToString(), null, _id, _event, _data?.ToString(), _retry));
        }

        _raw.Clear();
        _data = null;
        _id = null;
        _event = null;
        _retry = null;
    }
}
