using System.Runtime.CompilerServices;

namespace Godwit.Server.Publishing;

/// <summary>The lines of a stream that ends.</summary>
internal static class StreamLines
{
    /// <summary>Reads them as they come. A stream that does not let itself be cancelled is left alone.</summary>
    public static async IAsyncEnumerable<byte[]?> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancel)
    {
        var lines = new LineSplitter(FollowedFile.LongestLine);
        byte[] buffer = new byte[64 << 10];
        for (int octets = -1; octets != 0;)
        {
            // A terminal or a pipe is read by a call that blocks, whatever is cancelled.
            octets = await Task.Run(() => stream.Read(buffer), CancellationToken.None).WaitAsync(cancel);
            lines.Feed(buffer.AsSpan(0, octets));
            if (octets == 0)
            {
                lines.Finish();
            }

            while (lines.TryTake(out byte[]? line))
            {
                yield return line;
            }
        }
    }
}
