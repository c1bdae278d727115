using BenchmarkDotNet.Attributes;
using Godwit.Protocol.WebSockets;

namespace Godwit.Micro;

/// <summary>The payload of a client's frame is unmasked (RFC 6455 §5.3). Beside it the loop of the RFC's text.</summary>
public class MaskBenchmarks
{
    private byte[] _payload = [];

    [Params(16, 128, 16_384)]
    public int Octets { get; set; }

    [GlobalSetup]
    public void SetUp() => _payload = new byte[Octets];

    [Benchmark(Baseline = true)]
    public byte OctetByOctet()
    {
        ReadOnlySpan<byte> key = [0x37, 0xfa, 0x21, 0x3d];
        Span<byte> payload = _payload;
        for (int i = 0; i < payload.Length; i++)
        {
            payload[i] ^= key[i & 3];
        }

        return payload[0];
    }

    [Benchmark]
    public uint Mask() => WebSocketMask.Apply(0x3d21fa37, _payload, _payload);
}
