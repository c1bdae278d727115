using System.Buffers;
using Godwit.Protocol.WebSockets;

namespace Godwit.Protocol.Tests.WebSockets;

public class Allocations
{
    private const int Rounds = 1_000;

    [Fact]
    public void Small_whole_messages_and_pings_are_read_without_allocating()
    {
        byte[] octets = Reading.Concat(
            RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("{\"text\":\"κόσμε\"}")),
            RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, 1, 2, 3),
            RawFrame.Masked(RawFrame.Fin | RawFrame.Text, RawFrame.Utf8("second")));
        byte[] input = new byte[octets.Length];
        using var reader = new WebSocketReader(WebSocketRole.Server, Reading.Limit);
        AllocatesNothing(() =>
        {
            octets.CopyTo(input, 0);
            Memory<byte> rest = input;
            int found = 0;
            while (reader.TryRead(ref rest, out _))
            {
                found++;
            }

            return found == 3;
        });
    }

    [Fact]
    public void Messages_in_fragments_and_in_a_sequence_are_read_without_allocating()
    {
        byte[] octets = Reading.Concat(
            RawFrame.Masked(RawFrame.Text, RawFrame.Utf8("first")),
            RawFrame.Masked(RawFrame.Fin | RawFrame.Ping, 1, 2, 3),
            RawFrame.Masked(RawFrame.Fin, RawFrame.Utf8(" and second")));
        var input = new ReadOnlySequence<byte>(octets);
        using var reader = new WebSocketReader(WebSocketRole.Server, Reading.Limit);
        AllocatesNothing(() =>
        {
            ReadOnlySequence<byte> rest = input;
            int found = 0;
            while (reader.TryRead(ref rest, out _))
            {
                found++;
            }

            return found == 2;
        });
    }

    [Fact]
    public void Frames_are_written_without_allocating()
    {
        byte[] payload = new byte[300];
        byte[] frame = new byte[400];
        AllocatesNothing(() =>
            WebSocketFrameWriter.WriteFrame(frame, WebSocketOpcode.Binary, fin: true, payload) == 304
            && WebSocketFrameWriter.WriteFrame(frame, WebSocketOpcode.Binary, fin: true, payload, WebSocketRole.Client) == 308
            && WebSocketFrameWriter.WriteClose(frame, WebSocketCloseCode.Normal, "reason") == 10);
    }

    [Fact]
    public void A_waiting_reader_is_at_most_64_octets()
    {
        var readers = new WebSocketReader[Rounds];
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < readers.Length; i++)
        {
            readers[i] = new WebSocketReader(WebSocketRole.Server, Reading.Limit);
        }

        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / Rounds, 16, 64);
        GC.KeepAlive(readers);
    }

    private static void AllocatesNothing(Func<bool> act)
    {
        Assert.True(act());
        bool good = true;
        long least = long.MaxValue;
        for (int run = 0; run < 3; run++)
        {
            // A collection within the loop may empty the array pool, and one new array is not what is meant here: the least of some runs counts.
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Rounds; i++)
            {
                good &= act();
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.InRange(least, 0, 256);
        Assert.True(good);
    }
}
