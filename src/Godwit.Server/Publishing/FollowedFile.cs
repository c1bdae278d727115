using System.Runtime.CompilerServices;
using Godwit.Server.Configuration;

namespace Godwit.Server.Publishing;

/// <summary>The lines that are added to a file, by its name: like <c>tail -F</c> it waits for a file that is not there, begins anew where it was cut, and goes over to the next where it was rotated.</summary>
/// <param name="path">The file.</param>
/// <param name="fromStart">Whether what stands in it already counts; what stands in a file that takes its place always does.</param>
/// <param name="notice">Told what happens to the file.</param>
/// <param name="time">Gives the pauses.</param>
internal sealed class FollowedFile(string path, bool fromStart, Action<string> notice, TimeProvider time)
{
    /// <summary>The longest line that is read.</summary>
    public const int LongestLine = 2 << 20;

    // Whoever rotates a log leaves its writer a moment until that opens the new one.
    private static readonly TimeSpan Lingering = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly LineSplitter _lines = new(LongestLine);
    private bool _skips = !fromStart;

    /// <summary>The lines, as they are completed, until it is cancelled.</summary>
    public async IAsyncEnumerable<byte[]?> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        while (true)
        {
            (FileStream stream, FileIdentity identity) = await OpenAsync(cancel);
            await using (stream)
            {
                if (_skips)
                {
                    stream.Seek(0, SeekOrigin.End);
                }

                await foreach (byte[]? line in ReadAsync(stream, identity, cancel))
                {
                    yield return line;
                }
            }

            // A last line without its end is complete: nobody writes to that file any more.
            _lines.Finish();
            while (_lines.TryTake(out byte[]? line))
            {
                yield return line;
            }

            _skips = false;
            notice($"{Fault.Shown(path)} is another file now; reading goes on with it");
        }
    }

    private async IAsyncEnumerable<byte[]?> ReadAsync(FileStream stream, FileIdentity identity, [EnumeratorCancellation] CancellationToken cancel)
    {
        long? leaves = null;
        while (true)
        {
            int octets = await stream.ReadAsync(_buffer, cancel);
            _lines.Feed(_buffer.AsSpan(0, octets));
            while (_lines.TryTake(out byte[]? line))
            {
                yield return line;
            }

            if (octets > 0)
            {
                continue;
            }

            if (stream.Length < stream.Position)
            {
                notice($"{Fault.Shown(path)} was cut; reading goes on from its beginning");
                _lines.Clear();
                stream.Seek(0, SeekOrigin.Begin);
                continue;
            }

            if (FileIdentity.Of(path) is { } now && now != identity)
            {
                leaves ??= time.GetTimestamp();
                if (time.GetElapsedTime(leaves.Value) >= Lingering)
                {
                    yield break;
                }
            }

            await Task.Delay(Pause, time, cancel);
        }
    }

    private async Task<(FileStream Stream, FileIdentity Identity)> OpenAsync(CancellationToken cancel)
    {
        bool told = false;
        while (true)
        {
            FileStream? stream = null;
            try
            {
                if (FileIdentity.Of(path) is { } identity)
                {
                    stream = new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0, Options = FileOptions.Asynchronous });
                    if (FileIdentity.Of(path) == identity)
                    {
                        return (stream, identity);
                    }

                    // It was rotated in between.
                    await stream.DisposeAsync();
                    continue;
                }
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                await (stream?.DisposeAsync() ?? ValueTask.CompletedTask);
                if (!told)
                {
                    notice($"{Fault.Shown(path)} cannot be read: {failure.Message}");
                    told = true;
                }
            }

            if (!told)
            {
                notice($"{Fault.Shown(path)} is not there yet");
                told = true;
            }

            // What is in it when it comes is new.
            _skips = false;
            await Task.Delay(Pause, time, cancel);
        }
    }
}
