namespace Godwit.WebRtc.Sctp.Sending;

/// <summary>Messages that have not been sent, or not whole. Streams take turns by messages; a message is not interrupted (RFC 9260 §6.9).</summary>
internal struct SendQueue
{
    private OutboundStream? _first;
    private OutboundStream? _last;
    private OutgoingMessage? _current;

    /// <summary>Whether nothing waits.</summary>
    public readonly bool IsEmpty => _current is null && _first is null;

    /// <summary>Puts a message behind those of its stream.</summary>
    public void Add(OutgoingMessage message)
    {
        OutboundStream stream = message.Stream;
        if (stream.Last is { } last)
        {
            last.Behind = message;
        }
        else
        {
            stream.First = message;
        }

        stream.Last = message;
        stream.Unsent += message.Length;
        Wait(stream);
    }

    /// <summary>The message of which a piece is sent next, or null.</summary>
    public readonly OutgoingMessage? Current => _current;

    /// <summary>Begins the next message. There must be none begun.</summary>
    public OutgoingMessage? Begin()
    {
        if (_first is not { } stream)
        {
            return null;
        }

        _first = stream.Behind;
        if (_first is null)
        {
            _last = null;
        }

        stream.Behind = null;
        stream.IsWaiting = false;
        OutgoingMessage message = stream.First!;
        stream.First = message.Behind;
        if (stream.First is null)
        {
            stream.Last = null;
        }
        else
        {
            Wait(stream);
        }

        message.Behind = null;
        _current = message;
        return message;
    }

    /// <summary>Ends the message that was begun: all of it is sent, or nothing more of it will be.</summary>
    public void End()
    {
        OutgoingMessage message = _current!;
        message.Stream.Unsent -= message.Length - message.Sent;
        _current = null;
    }

    /// <summary>Takes the messages of a stream out of which nothing was sent, first to last.</summary>
    public OutgoingMessage? Remove(OutboundStream stream)
    {
        OutgoingMessage? first = stream.First;
        for (OutgoingMessage? message = first; message is not null; message = message.Behind)
        {
            stream.Unsent -= message.Length;
        }

        stream.First = stream.Last = null;
        if (!stream.IsWaiting)
        {
            return first;
        }

        OutboundStream? before = null;
        for (OutboundStream? at = _first; at is not null; before = at, at = at.Behind)
        {
            if (at != stream)
            {
                continue;
            }

            if (before is null)
            {
                _first = at.Behind;
            }
            else
            {
                before.Behind = at.Behind;
            }

            if (_last == at)
            {
                _last = before;
            }

            break;
        }

        stream.Behind = null;
        stream.IsWaiting = false;
        return first;
    }

    /// <summary>The stream whose turn is next, or null.</summary>
    public readonly OutboundStream? Next => _first;

    private void Wait(OutboundStream stream)
    {
        if (stream.IsWaiting)
        {
            return;
        }

        stream.IsWaiting = true;
        if (_last is { } last)
        {
            last.Behind = stream;
        }
        else
        {
            _first = stream;
        }

        _last = stream;
    }
}
