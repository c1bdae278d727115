using System.Text;
using System.Text.Json;
using Godwit.Feeds.Pump;
using Godwit.Feeds.Tails;

namespace Godwit.Tests.Feeds;

/// <summary>An outlet that takes newest entries by a way of their own, as many as the test lets through.</summary>
internal sealed class LatestOutlet : Outlet
{
    private readonly List<(string Op, string Room, long Offset)> _usual = [];
    private readonly List<(string Room, long Offset)> _latest = [];
    private int _length = 1101;
    private bool _refused;

    /// <summary>How many more newest entries may leave.</summary>
    public int Room { get; private set; } = int.MaxValue;

    /// <summary>Whether the usual way takes no more after the next write.</summary>
    public bool IsFilling { get; set; }

    /// <summary>What went the usual way.</summary>
    public IReadOnlyList<(string Op, string Room, long Offset)> Usual => _usual;

    /// <summary>What went the other way.</summary>
    public IReadOnlyList<(string Room, long Offset)> Latest => _latest;

    /// <summary>Called for each newest entry that leaves.</summary>
    public Action<string, long>? OnLatest { get; set; }

    /// <summary>Called for each entry that goes the usual way.</summary>
    public Action<string, long>? OnUsual { get; set; }

    public override int LatestLength => _length;

    /// <summary>The story of both ways, without the rooms.</summary>
    public string Story => $"{string.Join(' ', _usual.Select(static frame => frame.Op == "entry" ? $"{frame.Offset}" : frame.Op))} | {string.Join(' ', _latest.Select(static entry => entry.Offset))}";

    /// <summary>Lets so many leave from now on, and says so if one had to wait.</summary>
    public void Let(int count)
    {
        Room = count;
        if (_refused && count > 0)
        {
            _refused = false;
            LatestMaySend();
        }
    }

    /// <summary>Opens the other way, or closes it.</summary>
    public void Open(int length)
    {
        _length = length;
        LatestMaySend();
    }

    /// <summary>The usual way takes frames again.</summary>
    public void Drain()
    {
        IsFilling = false;
        if (IsFull)
        {
            Drained();
        }
    }

    public override void Abort()
    {
    }

    protected override int Write(ReadOnlyMemory<byte> octets)
    {
        Assert.False(IsFull);
        foreach (string line in Encoding.UTF8.GetString(octets.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            JsonElement frame = JsonDocument.Parse(line).RootElement;
            string op = frame.GetProperty("op").GetString()!;
            string room = frame.TryGetProperty("room", out JsonElement name) ? name.GetString()! : "";
            long offset = op == "entry" ? frame.GetProperty("offset").GetInt64() : 0;
            _usual.Add((op, room, offset));
            if (op == "entry")
            {
                OnUsual?.Invoke(room, offset);
            }
        }

        if (IsFilling)
        {
            Fill();
        }

        return octets.Length;
    }

    protected override int WriteLatest(in FrameRange frames)
    {
        Assert.True(_length > 0);
        for (int i = 0; i < frames.Count; i++)
        {
            if (Room == 0)
            {
                _refused = true;
                return i;
            }

            Room--;
            Assert.InRange(frames[i].Length, 1, _length);
            JsonElement frame = JsonDocument.Parse(Encoding.UTF8.GetString(frames[i].Span)).RootElement;
            Assert.Equal("entry", frame.GetProperty("op").GetString());
            (string, long) entry = (frame.GetProperty("room").GetString()!, frame.GetProperty("offset").GetInt64());
            _latest.Add(entry);
            OnLatest?.Invoke(entry.Item1, entry.Item2);
        }

        return frames.Count;
    }

    protected override void WriteRest(byte[] rest) => throw new NotSupportedException();
}
