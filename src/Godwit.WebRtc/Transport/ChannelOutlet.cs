using System.Buffers;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Tails;
using Godwit.Rooms;
using Godwit.WebRtc.DataChannels;
using Godwit.WebRtc.Peers;
using Godwit.WebRtc.Sctp;

namespace Godwit.WebRtc.Transport;

/// <summary>Sends the frames of a session over its channel: each write is a text message, or several, and put together the messages are lines.</summary>
/// <remarks>
/// A message may hold several frames, and a frame that is longer than a write stands in several. A character is never cut in
/// two. Newest entries go over the lossy channel while there is one, a message each. One that may not leave now leaves as soon
/// as the reliable channel has nothing waiting, which gets nothing more until then: so neither keeps the other waiting for long.
/// </remarks>
/// <param name="peer">The peer.</param>
/// <param name="endpoint">The end of the association.</param>
/// <param name="channel">The reliable channel.</param>
/// <param name="shutdown">Called when the connection has ended.</param>
internal sealed class ChannelOutlet(Peer peer, ChannelEndpoint endpoint, DataChannel channel, Action shutdown) : Outlet
{
    /// <summary>At how many octets that wait more is taken.</summary>
    public const int Low = 16 << 10;

    /// <summary>Above how many octets that wait nothing is taken.</summary>
    public const int High = 64 << 10;

    private const int LongestCharacter = 4;
    private const int LineBreak = 1;

    private readonly byte[] _cut = new byte[LongestCharacter];
    private int _cutLength;
    private DataChannel? _lossy;
    private int _latestLength;
    private bool _isGone;

    /// <summary>The connection whose outlet it is.</summary>
    public Connection Connection { get; set; } = null!;

    /// <inheritdoc/>
    public override Lane Lane => Lane.Udp;

    /// <inheritdoc/>
    public override int LatestLength => Volatile.Read(ref _latestLength);

    /// <summary>Above how many octets that wait nothing is taken, for the sake of newest entries, which are sent when nothing waits.</summary>
    private int MostBesideLossy => _lossy is null ? int.MaxValue : IsLatestWaiting ? 0 : Low;

    private bool IsLatestWaiting => _lossy is { WantsToSend: true };

    /// <summary>The lossy channel is open, or, with null, closed. Under the peer's lock.</summary>
    public void Use(DataChannel? lossy)
    {
        _lossy = lossy;
        Volatile.Write(ref _latestLength, lossy is null ? 0 : (int)Math.Min(EntryLimit.LatestFrame, peer.Plan.Offer.MaxMessage) + LineBreak);
        OnLatestMaySend();
    }

    /// <summary>The lossy channel may send. Under the peer's lock.</summary>
    public void OnLatestMaySend()
    {
        LatestMaySend();
        if (!IsFull)
        {
            return;
        }

        if (MustWait(channel))
        {
            channel.AwaitLow();
        }
        else
        {
            Drained();
        }
    }

    /// <inheritdoc/>
    public override void Abort() => ThreadPool.UnsafeQueueUserWorkItem(static outlet => outlet.EndPeer(), this, preferLocal: false);

    /// <inheritdoc/>
    public override void OnEnded() => ThreadPool.UnsafeQueueUserWorkItem(static end => end(), shutdown, preferLocal: false);

    /// <summary>The channel takes more. Under the peer's lock.</summary>
    public void OnLow()
    {
        if (IsFull && !IsLatestWaiting)
        {
            Drained();
        }
    }

    /// <summary>The channel is gone. Under the peer's lock.</summary>
    public void OnGone()
    {
        if (_isGone)
        {
            return;
        }

        _isGone = true;
        Connection.Abort();
        Drained();
    }

    /// <inheritdoc/>
    protected override int Write(ReadOnlyMemory<byte> octets)
    {
        ReadOnlySpan<byte> lines = octets.Span;
        if (lines is [(byte)'\n'])
        {
            // A heartbeat, of which the layers below have their own.
            return lines.Length;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(_cutLength + lines.Length);
        try
        {
            _cut.AsSpan(0, _cutLength).CopyTo(rented);
            lines.CopyTo(rented.AsSpan(_cutLength));
            Send(rented.AsSpan(0, _cutLength + lines.Length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        return octets.Length;
    }

    /// <inheritdoc/>
    protected override int WriteLatest(in FrameRange frames)
    {
        lock (peer.Gate)
        {
            if (_isGone || _lossy is not { State: ChannelState.Open } lossy)
            {
                return 0; // It closes: then entries go the other way.
            }

            long now = peer.Now;
            int sent = 0;
            endpoint.BeginBatch(now);
            try
            {
                while (sent < frames.Count && lossy.TrySendNow(MessageKind.Text, frames[sent].Span[..^LineBreak], now))
                {
                    sent++;
                }
            }
            finally
            {
                endpoint.EndBatch();
            }

            peer.Reschedule();
            return sent;
        }
    }

    /// <inheritdoc/>
    protected override void WriteRest(byte[] rest) => throw new InvalidOperationException("A channel takes every write whole.");

    /// <summary>How many octets of a text make whole characters.</summary>
    internal static int WholeLength(ReadOnlySpan<byte> text)
    {
        for (int back = 1; back <= Math.Min(LongestCharacter, text.Length); back++)
        {
            byte octet = text[^back];
            if ((octet & 0xC0) == 0x80)
            {
                continue; // In the middle of a character: its first octet says how long it is.
            }

            int length = octet < 0x80 ? 1 : octet < 0xE0 ? 2 : octet < 0xF0 ? 3 : 4;
            return back < length ? text.Length - back : text.Length;
        }

        return text.Length;
    }

    /// <summary>Whether nothing more is to be given to a channel until it is low: too much waits, or so much is on its way that a message might find no room.</summary>
    internal static bool MustWait(DataChannel channel) => channel.Buffered > High || channel.IsCrowded;

    private void Send(ReadOnlySpan<byte> text)
    {
        lock (peer.Gate)
        {
            long now = peer.Now;
            int whole = WholeLength(text);
            _cutLength = text.Length - whole;
            text[whole..].CopyTo(_cut);
            text = text[..whole];
            int most = (int)Math.Min(MaxSend, peer.Plan.Offer.MaxMessage);
            while (!text.IsEmpty)
            {
                int length = text.Length <= most ? text.Length : WholeLength(text[..most]);
                if (_isGone || length == 0 || channel.Send(MessageKind.Text, text[..length], now) != SendResult.Sent)
                {
                    throw new IOException("The channel is closed, or takes messages that are too short for a character.");
                }

                text = text[length..];
            }

            if (MustWait(channel) || channel.Buffered > MostBesideLossy)
            {
                Fill();
                channel.AwaitLow();
            }

            peer.Reschedule();
        }
    }

    private void EndPeer() => peer.End(PeerEnd.Finished);
}
