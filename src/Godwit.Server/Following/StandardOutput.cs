using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Server.Following;

/// <summary>Standard output as a pipe, which says when nobody reads it any more.</summary>
/// <remarks>The console of the platform passes over a broken pipe, so a program in front of <c>head</c> would go on for ever.</remarks>
internal static partial class StandardOutput
{
    private const int Descriptor = 1;
    private const short Error = 8;

    // As the platform says it: the errno, on Windows a result of ERROR_BROKEN_PIPE or ERROR_NO_DATA.
    private const int BrokenPipe = 32, WindowsBrokenPipe = unchecked((int)0x8007006D), WindowsNoReader = unchecked((int)0x800700E8);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);

    /// <summary>A writer to it; the given one where standard output is no pipe, or the writer is not the console's.</summary>
    public static TextWriter Open(TextWriter console)
    {
        if (!IsPipe(console))
        {
            return console;
        }

        var pipe = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // A file has a place that others in the same shell go on from, which only the console's writer moves.
        return pipe.CanSeek ? console : new StreamWriter(pipe, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
    }

    /// <summary>Whether what was written failed since nobody reads it any more, as <c>head</c> does when it has enough.</summary>
    public static bool IsUnread(IOException fault) => fault.HResult is BrokenPipe or WindowsBrokenPipe or WindowsNoReader;

    /// <summary>Cancels when nobody reads it any more, though nothing is written that would show it.</summary>
    public static async Task WatchAsync(TextWriter console, CancellationTokenSource end)
    {
        while (IsPipe(console) && !end.IsCancellationRequested)
        {
            var look = new Poll { Descriptor = Descriptor };
            if (Wait(ref look, 1, 0) == 1 && (look.Seen & Error) != 0)
            {
                await end.CancelAsync();
                return;
            }

            await Task.Delay(Look, TimeProvider.System, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static bool IsPipe(TextWriter console) => console == Console.Out && !OperatingSystem.IsWindows() && Console.IsOutputRedirected;

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Wait(ref Poll poll, nuint count, int milliseconds);

    /// <summary>struct pollfd; an error is told without being asked for.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Poll
    {
        public int Descriptor;
        public short Asked;
        public short Seen;
    }
}
