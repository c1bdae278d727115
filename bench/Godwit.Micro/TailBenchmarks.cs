using BenchmarkDotNet.Attributes;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Feeds.Tails;
using Godwit.Protocol;

namespace Godwit.Micro;

/// <summary>Entries enter a tail and are found in it. Beside it the octets alone: copied into one array, and cut out of it.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkDotNet.Configs.BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class TailBenchmarks
{
    private const int Entries = 1_000;
    private readonly Epoch _epoch = Epoch.New();
    private readonly Entry[] _entries = [.. Enumerable.Range(1, Entries).Select(static offset => Samples.Entry(offset))];
    private readonly byte[] _object = new byte[230];
    private readonly byte[] _array = new byte[Entries * 256];
    private readonly Tail _full = new(Framing.WebSocket, new TailBudget(1L << 30));

    public TailBenchmarks()
    {
        foreach (Entry entry in _entries)
        {
            _full.Append(_epoch, entry, _object);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Entries)]
    [BenchmarkCategory("append")]
    public int Copy()
    {
        int at = 0;
        for (int i = 0; i < Entries; i++)
        {
            _object.CopyTo(_array, at);
            at += _object.Length;
        }

        return at;
    }

    [Benchmark(OperationsPerInvoke = Entries)]
    [BenchmarkCategory("append")]
    public bool Append()
    {
        Tail tail = new(Framing.WebSocket, new TailBudget(1L << 30));
        foreach (Entry entry in _entries)
        {
            tail.Append(_epoch, entry, _object);
        }

        return tail.IsEmpty;
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("find")]
    public int Slice() => _array.AsMemory((Entries - 1) * _object.Length, _object.Length).Length;

    [Benchmark]
    [BenchmarkCategory("find")]
    public int Newest() => _full.TryRange(Entries, 16 << 10, out FrameRange range) ? range.Length : 0;

    [Benchmark]
    [BenchmarkCategory("find")]
    public int HundredBack() => _full.TryRange(Entries - 100, 16 << 10, out FrameRange range) ? range.Length : 0;
}
