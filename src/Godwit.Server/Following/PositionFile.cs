using Godwit.Protocol;
using Godwit.Server.Reaching;

namespace Godwit.Server.Following;

/// <summary>A file that holds a reader's position, so that the next run goes on where this one ended.</summary>
/// <remarks>The position is written behind the entry that was printed: after a kill the newest entries may be printed again, and none is missed.</remarks>
internal sealed class PositionFile(string path, TimeProvider time)
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(500);

    private string? _written;
    private long _at;

    /// <summary>The position in it; null where there is no file yet, or an empty one.</summary>
    /// <exception cref="ServerFault">It holds something else, or cannot be read.</exception>
    public string? Read()
    {
        try
        {
            string text = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
            return text.Length == 0 ? null : Position.TryParse(text, out _) ? text : throw new ServerFault($"--position-file: {path} holds no position; it takes a file that this command wrote, or the name of a new one");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ServerFault($"--position-file: {failure.Message}");
        }
    }

    /// <summary>Writes a position, if the last was written some time ago or it is the last.</summary>
    /// <exception cref="ServerFault">It cannot be written.</exception>
    public void Write(string? position, bool isLast)
    {
        if (position is null || position == _written || (!isLast && _written is not null && time.GetElapsedTime(_at) < Often))
        {
            return;
        }

        try
        {
            string fresh = $"{path}.{Environment.ProcessId}";
            File.WriteAllText(fresh, position + "\n");
            File.Move(fresh, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ServerFault($"--position-file: {failure.Message}");
        }

        (_written, _at) = (position, time.GetTimestamp());
    }
}
