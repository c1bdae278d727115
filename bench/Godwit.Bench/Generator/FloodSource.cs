using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Text;
using Godwit.Server.Links;

namespace Godwit.Bench.Generator;

/// <summary>Bogus datagrams to one UDP port, with forged senders, which come to a network by its TUN device as if from outside.</summary>
/// <remarks>What STUN, DTLS and SCTP in clear look like to somebody who knows no peer, and noise; each kind as often as the others.</remarks>
internal sealed unsafe class FloodSource
{
    private const int Senders = 4096;
    private const int IpHeader = 20;
    private const int UdpHeader = 8;

    private readonly int _device;
    private readonly byte[][] _packets;

    /// <param name="end">The network; its device is written to.</param>
    /// <param name="port">The port of its address that is flooded.</param>
    public FloodSource(LinkEnd end, int port)
    {
        _device = end.Device.Descriptor;
        Random random = new(port);
        _packets = [.. Enumerable.Range(0, Senders).Select(i => Packet(random, end.Address, port, Payload(random, i % 6)))];
    }

    /// <summary>Sends at a rate for a time, and returns how many the system took.</summary>
    /// <param name="perSecond">The rate; null for as fast as this thread can.</param>
    /// <param name="time">For how long.</param>
    /// <param name="cancel">Ends it.</param>
    public long Run(double? perSecond, TimeSpan time, CancellationToken cancel)
    {
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        long taken = 0;
        while (!cancel.IsCancellationRequested && Stopwatch.GetElapsedTime(start) is var elapsed && elapsed < time)
        {
            long due = perSecond is { } rate ? (long)(elapsed.TotalSeconds * rate) : sent + 64;
            if (sent >= due)
            {
                Thread.Sleep(1);
                continue;
            }

            for (; sent < due; sent++)
            {
                byte[] packet = _packets[(int)(sent % Senders)];
                fixed (byte* first = packet)
                {
                    taken += LinuxCalls.Write(_device, first, (nuint)packet.Length) > 0 ? 1 : 0;
                }
            }
        }

        return taken;
    }

    private static byte[] Payload(Random random, int kind)
    {
        switch (kind)
        {
            case 0: // a check that is well formed, and names nobody
                byte[] check = new byte[100];
                random.NextBytes(check);
                new byte[] { 0, 1, 0, 80, 0x21, 0x12, 0xA4, 0x42 }.CopyTo(check, 0);
                new byte[] { 0, 6, 0, 16 }.CopyTo(check, 20);
                Encoding.ASCII.GetBytes(Fragment(random) + ":abcde").CopyTo(check, 24);
                new byte[] { 0, 0x24, 0, 4, 110, 0, 1, 255 }.CopyTo(check, 40);
                new byte[] { 0x80, 0x2A, 0, 8 }.CopyTo(check, 48);
                new byte[] { 0, 8, 0, 20 }.CopyTo(check, 60);
                new byte[] { 0xC0, 0x57, 0, 4 }.CopyTo(check, 84);
                new byte[] { 0x80, 0x28, 0, 4 }.CopyTo(check, 92);
                return check;
            case 1: // STUN whose attributes are longer than it is
                byte[] broken = new byte[60];
                random.NextBytes(broken);
                new byte[] { 0, 1, 0, 40, 0x21, 0x12, 0xA4, 0x42 }.CopyTo(broken, 0);
                new byte[] { 0, 6, 0xFF, 0xFF }.CopyTo(broken, 20);
                return broken;
            case 2: // a ClientHello
                byte[] hello = new byte[213];
                random.NextBytes(hello);
                new byte[] { 22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200, 1, 0, 0, 188, 0, 0, 0, 0, 0, 0, 0, 188, 0xFE, 0xFD }.CopyTo(hello, 0);
                return hello;
            case 3: // a record under keys
                byte[] record = new byte[133];
                random.NextBytes(record);
                new byte[] { 23, 0xFE, 0xFD, 0, 1, 0, 0, 0, 0, 0, 9, 0, 120 }.CopyTo(record, 0);
                return record;
            case 4: // an INIT of SCTP in clear
                byte[] init = new byte[32];
                random.NextBytes(init);
                new byte[] { 0x13, 0x88, 0x13, 0x88, 0, 0, 0, 0 }.CopyTo(init, 0);
                new byte[] { 1, 0, 0, 20 }.CopyTo(init, 12);
                return init;
            default:
                byte[] noise = new byte[random.Next(1, 1200)];
                random.NextBytes(noise);
                return noise;
        }
    }

    private static string Fragment(Random random) => string.Concat(Enumerable.Range(0, 10).Select(_ => (char)random.Next('a', 'z' + 1)));

    /// <summary>A packet of IPv4 and UDP without a checksum of its own (RFC 768), from an address that is somebody's in the world.</summary>
    private static byte[] Packet(Random random, IPAddress to, int port, byte[] payload)
    {
        byte[] packet = new byte[IpHeader + UdpHeader + payload.Length];
        packet[0] = 0x45;
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(2), (ushort)packet.Length);
        packet[8] = 64;
        packet[9] = 17;
        packet[12] = (byte)random.Next(11, 100);
        random.NextBytes(packet.AsSpan(13, 3));
        to.TryWriteBytes(packet.AsSpan(16), out _);
        uint sum = 0;
        for (int at = 0; at < IpHeader; at += 2)
        {
            sum += BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(at));
        }

        sum = (sum & 0xFFFF) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(10), (ushort)~(sum + (sum >> 16)));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IpHeader), (ushort)random.Next(1024, 65_536));
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IpHeader + 2), (ushort)port);
        BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(IpHeader + 4), (ushort)(UdpHeader + payload.Length));
        payload.CopyTo(packet, IpHeader + UdpHeader);
        return packet;
    }
}
