using System.Buffers.Binary;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Sctp;

/// <summary>How an association begins, from either end or both at once, and begins again (RFC 9260 §5).</summary>
internal sealed partial class Association
{
    private const ushort MostStreams = ushort.MaxValue;

    private byte[]? _cookie;
    private int _handshakeTries;

    private void BeginHandshake()
    {
        _ownTag = Random();
        _ownFirstTsn = _options.FirstTsn ?? Random();
        State = AssociationState.CookieWait;
        SendInit();
        _handshakeAt = _now + _timeout.Current;
    }

    private void SendInit() => WriteInit(AppendAlone(0, ChunkType.Init, InitChunk.Length), _ownTag, _ownFirstTsn);

    private void WriteInit(Span<byte> chunk, uint tag, uint tsn) =>
        InitChunk.Write(chunk, new PeerParameters { Tag = tag, Tsn = tsn, Window = (uint)_options.ReceiveBuffer, OutgoingStreams = MostStreams, IncomingStreams = MostStreams });

    private void OnInit(ReadOnlySpan<byte> chunk)
    {
        if (State == AssociationState.Ended || !InitChunk.TryRead(chunk, out InitChunk init))
        {
            return;
        }

        if (State == AssociationState.ShutdownAckSent)
        {
            SendShutdownAck();
            return;
        }

        if (init.Fault != ErrorCause.None)
        {
            RefuseInit(init);
            return;
        }

        // An end that has begun itself answers with what it said there (§5.2.1); one that has an association draws new numbers and notes the old tags (§5.2.2).
        bool isBegun = State is AssociationState.CookieWait or AssociationState.CookieEchoed;
        bool isThere = State is not AssociationState.Closed && !isBegun;
        var cookie = new StateCookie
        {
            MadeAt = _now,
            Peer = init.Parameters,
            OwnTag = isBegun ? _ownTag : Random(),
            OwnTsn = isBegun ? _ownFirstTsn : _options.FirstTsn ?? Random(),
            OwnTieTag = isThere || State == AssociationState.CookieEchoed ? _ownTag : 0,
            PeerTieTag = isThere || State == AssociationState.CookieEchoed ? _peer.Tag : 0,
        };
        int unrecognized = init.Unrecognized(default, LargestChunk - InitChunk.Length - FieldReader.HeaderLength - StateCookie.Length);
        Span<byte> answer = AppendAlone(init.Parameters.Tag, ChunkType.InitAck, InitChunk.Length + FieldReader.HeaderLength + StateCookie.Length + unrecognized);
        WriteInit(answer, cookie.OwnTag, cookie.OwnTsn);
        Span<byte> rest = answer[InitChunk.Length..];
        Span<byte> signed = stackalloc byte[StateCookie.Length];
        cookie.Write(signed, _options.CookieKey, _number);
        rest = WriteField(rest, (ushort)ParameterType.StateCookie, signed);
        init.Unrecognized(rest, rest.Length);
    }

    /// <summary>An INIT or INIT ACK with values that cannot be is answered with ABORT, and nothing changes (§3.3.2).</summary>
    private void RefuseInit(in InitChunk init)
    {
        Span<byte> abort = AppendAlone(init.Parameters.Tag, ChunkType.Abort, 2 * FieldReader.HeaderLength);
        WriteField(abort[FieldReader.HeaderLength..], (ushort)init.Fault, []);
    }

    private void OnInitAck(ReadOnlySpan<byte> chunk)
    {
        if (!InitChunk.TryRead(chunk, out InitChunk init))
        {
            return;
        }

        if (init.Fault == ErrorCause.None && init.Cookie.IsEmpty)
        {
            _peer = init.Parameters;
            Abort(ErrorCause.MissingParameter, [0, 0, 0, 1, 0, (byte)ParameterType.StateCookie]);
            return;
        }

        if (init.Fault != ErrorCause.None || FieldReader.HeaderLength + init.Cookie.Length > LargestChunk)
        {
            _peer = init.Parameters;
            Abort(init.Fault == ErrorCause.None ? ErrorCause.OutOfResource : init.Fault, []);
            return;
        }

        _peer = init.Parameters;
        _cookie = init.Cookie.ToArray();
        State = AssociationState.CookieEchoed;
        _handshakeTries = 0;
        _handshakeAt = _now + _timeout.Current;
        SendCookieEcho();
        int unrecognized = init.Unrecognized(default, LargestChunk - (2 * FieldReader.HeaderLength));
        if (unrecognized > 0)
        {
            Span<byte> error = Append(ChunkType.Error, (2 * FieldReader.HeaderLength) + unrecognized);
            BinaryPrimitives.WriteUInt16BigEndian(error[4..], (ushort)ErrorCause.UnrecognizedParameters);
            BinaryPrimitives.WriteUInt16BigEndian(error[6..], (ushort)(FieldReader.HeaderLength + unrecognized));
            init.Unrecognized(error[(2 * FieldReader.HeaderLength)..], unrecognized);
        }
    }

    /// <summary>The cookie is the first chunk of its packet; others may follow it.</summary>
    private void SendCookieEcho()
    {
        ClosePacket();
        _cookie.CopyTo(Append(ChunkType.CookieEcho, FieldReader.HeaderLength + _cookie!.Length)[FieldReader.HeaderLength..]);
    }

    /// <summary>Takes a cookie; false if nothing behind it counts.</summary>
    private bool OnCookieEcho(ReadOnlySpan<byte> chunk, uint tag)
    {
        if (State == AssociationState.Ended || !StateCookie.TryRead(chunk[FieldReader.HeaderLength..], _options.CookieKey, _number, out StateCookie cookie) || tag != cookie.OwnTag)
        {
            return false;
        }

        bool isOwn = cookie.OwnTag == _ownTag && _ownTag != 0;
        bool isPeers = cookie.Peer.Tag == _peer.Tag && _peer.Tag != 0;
        if (_now - cookie.MadeAt > _options.CookieLife && !(isOwn && isPeers))
        {
            Span<byte> error = AppendAlone(cookie.Peer.Tag, ChunkType.Error, FieldReader.HeaderLength + 8);
            Span<byte> staleness = stackalloc byte[sizeof(uint)];
            BinaryPrimitives.WriteUInt32BigEndian(staleness, (uint)Math.Min(uint.MaxValue, (_now - cookie.MadeAt - _options.CookieLife) * 1000));
            WriteField(error[FieldReader.HeaderLength..], (ushort)ErrorCause.StaleCookie, staleness);
            return false;
        }

        // The table of §5.2.4.
        bool isThere = State is not (AssociationState.Closed or AssociationState.CookieWait or AssociationState.CookieEchoed);
        if (State == AssociationState.Closed)
        {
            Establish(cookie, again: false);
        }
        else if (isOwn)
        {
            if (!isThere)
            {
                Establish(cookie, again: false);
            }
            else if (!isPeers)
            {
                _peer = _peer with { Tag = cookie.Peer.Tag };
            }
        }
        else if (!isPeers && isThere && cookie.OwnTieTag == _ownTag && cookie.PeerTieTag == _peer.Tag)
        {
            if (State == AssociationState.ShutdownAckSent)
            {
                SendShutdownAck();
                Report(ErrorCause.CookieWhileShuttingDown, []);
                return false;
            }

            ForgetSent();
            Establish(cookie, again: true);
        }
        else
        {
            return false;
        }

        Append(ChunkType.CookieAck, FieldReader.HeaderLength);
        return true;
    }

    private void Establish(in StateCookie cookie, bool again)
    {
        _ownTag = cookie.OwnTag;
        _ownFirstTsn = cookie.OwnTsn;
        _peer = cookie.Peer;
        _cookie = null;
        Establish(again);
    }

    private void OnCookieAck()
    {
        if (State == AssociationState.CookieEchoed)
        {
            _cookie = null;
            Establish(again: false);
        }
    }

    /// <summary>A cookie that came too late is asked for anew (§5.2.6); other errors change nothing.</summary>
    private void OnError(ReadOnlySpan<byte> chunk)
    {
        var causes = new FieldReader(chunk[FieldReader.HeaderLength..]);
        while (State == AssociationState.CookieEchoed && causes.MoveNext())
        {
            if (causes.Kind == (ushort)ErrorCause.StaleCookie)
            {
                State = AssociationState.CookieWait;
                _cookie = null;
                RepeatHandshake();
            }
        }
    }

    /// <summary>T1-init and T1-cookie.</summary>
    private void RepeatHandshake()
    {
        if (++_handshakeTries > _options.MostInitRetransmissions)
        {
            End(new AssociationEnd(AssociationEndKind.Unreachable));
            return;
        }

        _timeout.BackOff();
        _handshakeAt = _now + _timeout.Current;
        if (State == AssociationState.CookieWait)
        {
            SendInit();
        }
        else
        {
            SendCookieEcho();
        }
    }
}
