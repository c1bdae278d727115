using System.Buffers;

namespace Godwit.WebRtc.Sctp;

/// <summary>Buffers that were used before, in two sizes: small messages, and packets. Larger ones come from the shared pool of arrays.</summary>
/// <remarks>The shared pool keeps 32 arrays of a size for a core and makes new ones beyond that, which a thousand peers with a message each on its way pass.</remarks>
internal static class BlockPool
{
    private const int SmallSize = 256;
    private const int PacketSize = 1280;

    private static readonly Shelf Small = new(SmallSize, 8192);
    private static readonly Shelf Packets = new(PacketSize, 2048);

    /// <summary>A buffer of at least this length, with anything in it.</summary>
    public static byte[] Rent(int length) => length switch
    {
        <= SmallSize => Small.Take(),
        <= PacketSize => Packets.Take(),
        _ => ArrayPool<byte>.Shared.Rent(length),
    };

    /// <summary>Gives a rented buffer back; it must not be used afterwards.</summary>
    public static void Return(byte[] block)
    {
        switch (block.Length)
        {
            case SmallSize:
                Small.Give(block);
                break;
            case PacketSize:
                Packets.Give(block);
                break;
            default:
                ArrayPool<byte>.Shared.Return(block);
                break;
        }
    }

    private sealed class Shelf(int size, int most)
    {
        private readonly Lock _lock = new();
        private byte[][] _blocks = new byte[16][];
        private int _count;

        public byte[] Take()
        {
            lock (_lock)
            {
                if (_count > 0)
                {
                    return _blocks[--_count];
                }
            }

            return GC.AllocateUninitializedArray<byte>(size);
        }

        public void Give(byte[] block)
        {
            lock (_lock)
            {
                if (_count == most)
                {
                    return;
                }

                if (_count == _blocks.Length)
                {
                    Array.Resize(ref _blocks, _count * 2);
                }

                _blocks[_count++] = block;
            }
        }
    }
}
