using System.Text;
using Godwit.Protocol;
using Godwit.Server.Reaching;

namespace Godwit.Server.Following;

/// <summary>A file that holds a reader's position, so that the next run goes on where this one ended.</summary>
/// <remarks>The position is written behind the entry that was printed, half a second later at most: after a kill the newest entries may be printed again, and none is missed.</remarks>
internal sealed class PositionFile : IDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(500);

    private readonly string _path;
    private readonly TimeProvider _time;
    private readonly ITimer _later;
    private readonly Lock _lock = new();
    private string? _written;
    private string? _newest;
    private ServerFault? _fault;
    private long _at;
    private bool _isOver;

    /// <param name="path">The file.</param>
    /// <param name="time">Says when it was written last.</param>
    public PositionFile(string path, TimeProvider time)
    {
        (_path, _time) = (path, time);
        _later = time.CreateTimer(static file => ((PositionFile)file!).WriteLate(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The position in it; null where there is no file yet, or an empty one.</summary>
    /// <exception cref="ServerFault">It holds something else, or cannot be read.</exception>
    public string? Read()
    {
        try
        {
            string text = File.Exists(_path) ? File.ReadAllText(_path).Trim() : "";
            return text.Length == 0 ? null : Position.TryParse(text, out _) ? text : throw new ServerFault($"--position-file: {_path} holds no position; it takes a file that this command wrote, or the name of a new one");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ServerFault($"--position-file: {failure.Message}");
        }
    }

    /// <summary>Writes a position: at once if it is the last, or none was written for half a second; else when that has passed.</summary>
    /// <exception cref="ServerFault">It cannot be written, or the one before could not.</exception>
    public void Write(string? position, bool isLast)
    {
        lock (_lock)
        {
            _isOver |= isLast;
            if (position is null)
            {
                return;
            }

            if (_fault is not null && !isLast)
            {
                throw _fault;
            }

            bool isDue = _newest == _written;
            _newest = position;
            TimeSpan passed = _written is null ? Often : _time.GetElapsedTime(_at);
            if (isLast || passed >= Often)
            {
                WriteNow();
            }
            else if (isDue)
            {
                _later.Change(Often - passed, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _later.Dispose();

    private void WriteLate()
    {
        lock (_lock)
        {
            try
            {
                if (!_isOver)
                {
                    WriteNow();
                }
            }
            catch (ServerFault fault)
            {
                // Told with the next entry, or at the end.
                _fault = fault;
            }
        }
    }

    // The octets are on the disk before the name is theirs: a power failure leaves this position or the one before.
    private void WriteNow()
    {
        if (_newest == _written)
        {
            return;
        }

        try
        {
            string fresh = $"{_path}.{Environment.ProcessId}";
            using (var file = new FileStream(fresh, FileMode.Create, FileAccess.Write))
            {
                file.Write(Encoding.ASCII.GetBytes(_newest + "\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(fresh, _path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ServerFault($"--position-file: {failure.Message}");
        }

        (_written, _at) = (_newest, _time.GetTimestamp());
    }
}
