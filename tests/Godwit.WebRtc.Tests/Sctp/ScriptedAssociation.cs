using Godwit.WebRtc.Sctp;
using Godwit.WebRtc.Sctp.Wire;

namespace Godwit.WebRtc.Tests.Sctp;

/// <summary>An association whose other end is a test: packets are written and read by hand, and time goes as the test says.</summary>
internal sealed class ScriptedAssociation : IAssociationUser
{
    public const uint PeerTag = 0x0BAD_CAFE;

    private readonly Queue<RawPacket> _sent = new();

    public ScriptedAssociation(SctpOptions? options = null)
    {
        Options = options ?? new SctpOptions { FirstTsn = 1000 };
        Subject = new Association(Options, this);
    }

    public SctpOptions Options { get; }

    public Association Subject { get; }

    public long Now { get; set; } = 1_000_000;

    public uint OwnTag { get; private set; }

    /// <summary>The next TSN of the test's end.</summary>
    public uint PeerTsn { get; set; } = 5000;

    public List<string> Events { get; } = [];

    public List<(ushort Stream, uint Protocol, byte[] Message)> Messages { get; } = [];

    public List<ushort?> Resets { get; } = [];

    public List<OutboundStream> ResetAnswers { get; } = [];

    public AssociationEnd? Ended { get; private set; }

    public Action<ushort, byte[]>? OnMessageDo { get; set; }

    /// <summary>What was sent since it was last asked.</summary>
    public RawPacket[] Sent
    {
        get
        {
            RawPacket[] sent = [.. _sent];
            _sent.Clear();
            return sent;
        }
    }

    /// <summary>The chunks that were sent since it was last asked.</summary>
    public RawChunk[] SentChunks => [.. Sent.SelectMany(static packet => packet.Chunks)];

    public static ScriptedAssociation Established(SctpOptions? options = null, uint window = 100_000, byte[]? parameters = null)
    {
        var scripted = new ScriptedAssociation(options);
        RawChunk answer = scripted.Init(window: window, parameters: parameters);
        scripted.OwnTag = answer.Word(0);
        scripted.Give(Cookie(answer));
        Assert.Equal(AssociationState.Established, scripted.Subject.State);
        Assert.Equal(ChunkType.CookieAck, Assert.Single(scripted.SentChunks).Kind);
        return scripted;
    }

    /// <summary>Brings the association from the other direction: it sends INIT.</summary>
    public static ScriptedAssociation Begun(SctpOptions? options = null)
    {
        var scripted = new ScriptedAssociation(options);
        scripted.Subject.Connect(scripted.Now);
        RawPacket init = Assert.Single(scripted.Sent);
        Assert.Equal(0u, init.Tag);
        scripted.OwnTag = Assert.Single(init.Chunks).Word(0);
        return scripted;
    }

    /// <summary>Sends INIT and gives back the INIT ACK.</summary>
    public RawChunk Init(uint tag = PeerTag, uint window = 100_000, byte[]? parameters = null)
    {
        GiveTo(0, RawChunk.Init(tag, PeerTsn, window, parameters: parameters));
        RawPacket answer = Assert.Single(Sent);
        Assert.Equal(tag, answer.Tag);
        RawChunk chunk = Assert.Single(answer.Chunks);
        Assert.Equal(ChunkType.InitAck, chunk.Kind);
        OwnTag = OwnTag == 0 ? chunk.Word(0) : OwnTag;
        return chunk;
    }

    /// <summary>The COOKIE ECHO that answers an INIT ACK.</summary>
    public static RawChunk Cookie(RawChunk initAck)
    {
        int at = 16;
        while (initAck.Half(at) != (ushort)ParameterType.StateCookie)
        {
            at += (initAck.Half(at + 2) + 3) & ~3;
        }

        return RawChunk.Of(ChunkType.CookieEcho, initAck.Body[(at + 4)..(at + initAck.Half(at + 2))]);
    }

    public void Give(params RawChunk[] chunks) => GiveTo(OwnTag, chunks);

    public void GiveTo(uint tag, params RawChunk[] chunks) => Subject.Receive(new RawPacket(tag, chunks).ToArray(), Now);

    /// <summary>Sends one whole message on a stream.</summary>
    public void GiveMessage(string text, ushort stream = 0, ushort sequence = 0, byte flags = 3) => Give(RawChunk.Payloads(PeerTsn++, text, stream, sequence, flags));

    /// <summary>Goes on to the next deadline.</summary>
    public void Wait()
    {
        Assert.NotEqual(Association.Never, Subject.NextDeadline);
        Now = Math.Max(Now, Subject.NextDeadline);
        Subject.OnDeadline(Now);
    }

    /// <summary>Goes on by some time, with every deadline in between.</summary>
    public void Wait(long time)
    {
        long end = Now + time;
        while (Subject.NextDeadline <= end)
        {
            Wait();
        }

        Now = end;
    }

    public SendResult Send(OutboundStream stream, int length, DeliveryTerms terms = default) => Subject.Send(stream, 53, new byte[length], terms, Now);

    void IAssociationUser.Send(ReadOnlySpan<byte> packet)
    {
        Assert.True(packet.Length <= Options.PacketLength);
        _sent.Enqueue(RawPacket.Read(packet));
    }

    void IAssociationUser.OnEstablished(bool again) => Events.Add(again ? "established again" : "established");

    void IAssociationUser.OnMessage(ushort stream, uint protocol, ReadOnlySpan<byte> message)
    {
        Messages.Add((stream, protocol, message.ToArray()));
        OnMessageDo?.Invoke(stream, message.ToArray());
    }

    void IAssociationUser.OnStreamReset(ushort? stream) => Resets.Add(stream);

    void IAssociationUser.OnResetAnswered(OutboundStream stream) => ResetAnswers.Add(stream);

    bool IAssociationUser.OnProgress() => false;

    void IAssociationUser.OnEnded(AssociationEnd end)
    {
        Assert.Null(Ended);
        Ended = end;
    }
}
