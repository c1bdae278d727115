using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Micro;

/// <summary>What the benchmarks work on: the load of the numbers, 128 octets of data.</summary>
internal static class Samples
{
    public static RoomName Room { get; } = RoomName.Parse("bench");

    public static byte[] Data { get; } = Encoding.ASCII.GetBytes($"{{\"n\":1,\"pad\":\"{new string('x', 112)}\"}}");

    public static EntryContent Content => new("message", Data, false, null);

    public static Entry Entry(long offset) => new(offset, 0x12345678, 1_700_000_000_000, Content);
}
