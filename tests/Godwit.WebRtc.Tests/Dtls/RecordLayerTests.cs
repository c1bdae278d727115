using System.Security.Cryptography;
using CsCheck;
using Godwit.WebRtc.Dtls;

namespace Godwit.WebRtc.Tests.Dtls;

public sealed class RecordLayerTests
{
    private static readonly byte[] Block = RandomNumberGenerator.GetBytes(DtlsKeys.BlockLength);

    private readonly DtlsRecordLayer _client = new(DtlsKeys.Cut(Block, isServer: false), 1);
    private readonly DtlsRecordLayer _server = new(DtlsKeys.Cut(Block, isServer: true), 1);

    [Fact]
    public void A_record_is_opened_once()
    {
        byte[] record = Seal([1, 2, 3]);
        Assert.Equal([1, 2, 3], Open(record));
        Assert.Null(Open(record));
    }

    [Fact]
    public void Records_are_opened_in_any_order_within_64_and_not_behind_that()
    {
        byte[][] records = [.. Enumerable.Range(0, 66).Select(i => Seal([(byte)i]))];
        Assert.Equal([65], Open(records[65]));
        Assert.Equal([2], Open(records[2]));
        Assert.Equal([64], Open(records[64]));
        Assert.Null(Open(records[1]));
        Assert.Null(Open(records[2]));
    }

    [Fact]
    public void A_record_with_any_bit_changed_is_not_opened_and_the_right_one_still_is()
    {
        byte[] record = Seal([1, 2, 3, 4, 5]);
        for (int bit = 0; bit < 8 * record.Length; bit++)
        {
            byte[] changed = [.. record];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.True(Open(changed) is null, $"bit {bit}");
        }

        Assert.Equal([1, 2, 3, 4, 5], Open(record));
    }

    [Fact]
    public void An_empty_record_is_opened_and_one_of_the_longest_too()
    {
        Assert.Empty(Open(Seal([]))!);
        byte[] longest = RandomNumberGenerator.GetBytes(DtlsRecordLayer.MaxContent);
        Assert.Equal(longest, Open(Seal(longest))!);
    }

    [Fact]
    public void Whatever_comes_is_opened_or_refused() =>
        Gen.Byte.Array[0, 120].Sample(octets =>
        {
            if (octets.Length > 4)
            {
                // Mostly something that looks like a record of this epoch.
                byte[] head = [23, 0xFE, 0xFD, 0, 1];
                head.AsSpan(0, octets[0] % 6).CopyTo(octets);
            }

            Assert.Null(Open(octets));
        });

    [Fact]
    public void A_window_takes_each_number_once_and_none_that_is_64_or_more_behind_the_highest() =>
        Gen.ULong[0, 300].Array[1, 200].Sample(numbers =>
        {
            var window = default(ReplayWindow);
            var taken = new HashSet<ulong>();
            foreach (ulong number in numbers)
            {
                bool expected = !taken.Contains(number) && (taken.Count == 0 || number + 64 > taken.Max());
                Assert.Equal(expected, window.IsNew(number));
                if (expected)
                {
                    window.Add(number);
                    taken.Add(number);
                }
            }
        });

    private byte[] Seal(byte[] content)
    {
        byte[] record = new byte[content.Length + DtlsRecordLayer.Overhead];
        Assert.Equal(record.Length, _client.Seal(DtlsRecord.ApplicationData, content, record));
        return record;
    }

    private byte[]? Open(byte[] octets)
    {
        Span<byte> left = octets.ToArray();
        return DtlsRecord.TryTake(ref left, out DtlsRecord record) && left.IsEmpty && _server.TryOpen(record, out Span<byte> content) ? content.ToArray() : null;
    }
}
