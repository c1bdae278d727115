namespace Godwit.Server.Publishing;

/// <summary>Cuts octets into lines, which end with LF or CR LF.</summary>
/// <param name="longest">The most octets of a line; of a longer one the rest is dropped, and it is too long.</param>
internal sealed class LineSplitter(int longest)
{
    private readonly List<byte> _line = [];
    private readonly Queue<byte[]?> _lines = new();
    private bool _tooLong;

    /// <summary>Takes in what was read, cut anywhere.</summary>
    public void Feed(ReadOnlySpan<byte> octets)
    {
        while (octets.IndexOf((byte)'\n') is var end and >= 0)
        {
            Add(octets[..end]);
            octets = octets[(end + 1)..];
            End();
        }

        Add(octets);
    }

    /// <summary>There is no more: what stands behind the last LF is a line too, if it is not empty.</summary>
    public void Finish()
    {
        if (_line.Count > 0 || _tooLong)
        {
            End();
        }
    }

    /// <summary>Drops what was begun.</summary>
    public void Clear()
    {
        _line.Clear();
        _tooLong = false;
    }

    /// <summary>The next line; null for one that is too long.</summary>
    public bool TryTake(out byte[]? line) => _lines.TryDequeue(out line);

    private void Add(ReadOnlySpan<byte> octets)
    {
        if (_tooLong || _line.Count + octets.Length > longest)
        {
            _tooLong = true;
            _line.Clear();
            return;
        }

        _line.AddRange(octets);
    }

    private void End()
    {
        if (_line is [.., (byte)'\r'])
        {
            _line.RemoveAt(_line.Count - 1);
        }

        _lines.Enqueue(_tooLong ? null : [.. _line]);
        Clear();
    }
}
