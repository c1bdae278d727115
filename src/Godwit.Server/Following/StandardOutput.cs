using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Server.Following;

/// <summary>Standard output as a pipe, which says when nobody reads it any more.</summary>
/// <remarks>The console of the platform passes over a broken pipe, so a program in front of <c>head</c> would go on for ever.</remarks>
internal static class StandardOutput
{
    /// <summary>A writer to it; the given one where standard output is no pipe, or the writer is not the console's.</summary>
    public static TextWriter Open(TextWriter console)
    {
        if (console != Console.Out || OperatingSystem.IsWindows() || !Console.IsOutputRedirected)
        {
            return console;
        }

        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // A file has a place that others in the same shell go on from, which only the console's writer moves.
        return pipe.CanSeek ? console : new StreamWriter(pipe, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { NewLine = "\n" };
    }
}
