using System.Diagnostics.CodeAnalysis;

namespace Godwit.Feeds.Pump;

/// <summary>The control frames that wait on a connection, bounded: a client must not make the server keep them.</summary>
/// <remarks>While none waits nothing is allocated. Mutable, so never copied; shard only.</remarks>
internal struct ControlQueue
{
    private const int MaxFrames = 16;
    private const int MaxBytes = 4 << 10;

    private Queue<byte[]>? _frames;
    private int _bytes;

    /// <summary>Whether none waits.</summary>
    public readonly bool IsEmpty => _frames is null;

    /// <summary>Adds a frame of any size; false when too many wait already.</summary>
    public bool TryAdd(byte[] frame)
    {
        if (_frames is { } frames && (frames.Count >= MaxFrames || _bytes >= MaxBytes))
        {
            return false;
        }

        Add(frame);
        return true;
    }

    /// <summary>Adds one of the last frames of a connection, however many wait.</summary>
    public void Add(byte[] frame)
    {
        _frames ??= new Queue<byte[]>();
        _frames.Enqueue(frame);
        _bytes += frame.Length;
    }

    /// <summary>The frame that is next.</summary>
    public readonly bool TryPeek([NotNullWhen(true)] out byte[]? frame)
    {
        frame = null;
        return _frames?.TryPeek(out frame) ?? false;
    }

    /// <summary>Removes the frame that was next.</summary>
    public void Remove()
    {
        _bytes -= _frames!.Dequeue().Length;
        if (_frames.Count == 0)
        {
            Clear();
        }
    }

    /// <summary>Drops all.</summary>
    public void Clear()
    {
        _frames = null;
        _bytes = 0;
    }
}
