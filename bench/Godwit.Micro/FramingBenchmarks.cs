using System.Buffers;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Godwit.Brokers;
using Godwit.Feeds.Framings;
using Godwit.Protocol;

namespace Godwit.Micro;

/// <summary>An entry becomes its text: once for each entry, whatever the number of readers. Beside it the platform's JSON writer.</summary>
[MemoryDiagnoser]
public class FramingBenchmarks
{
    private readonly EntryText _text = new(Samples.Room);
    private readonly Entry _entry = Samples.Entry(42);
    private readonly Epoch _epoch = Epoch.New();
    private readonly byte[] _destination = new byte[1024];
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);

    [Benchmark(Baseline = true)]
    public int Utf8JsonWriter()
    {
        _buffer.ResetWrittenCount();
        using Utf8JsonWriter json = new(_buffer);
        json.WriteStartObject();
        json.WriteString("op"u8, "entry"u8);
        json.WriteString("room"u8, "bench"u8);
        json.WriteString("position"u8, new Position(_epoch, _entry.Offset, _entry.Mark).ToString());
        json.WriteNumber("offset"u8, _entry.Offset);
        json.WriteString("event"u8, _entry.Content.Event);
        json.WritePropertyName("data"u8);
        json.WriteRawValue(_entry.Content.Data, skipInputValidation: true);
        json.WriteNumber("time"u8, _entry.Time);
        json.WriteEndObject();
        json.Flush();
        return _buffer.WrittenCount;
    }

    [Benchmark]
    public int EntryText() => _text.Write(_destination, _epoch, _entry);
}
