using System.Diagnostics.CodeAnalysis;

namespace Godwit.Sessions.Frames;

/// <summary>Reads the frames of clients.</summary>
internal static class ClientFrameReader
{
    /// <summary>Reads a frame, or says what is wrong with it.</summary>
    /// <param name="text">Its JSON text.</param>
    /// <param name="frame">What it asks for.</param>
    /// <param name="fault">What is wrong, where <paramref name="frame"/> is null.</param>
    public static bool TryRead(ReadOnlySpan<byte> text, [NotNullWhen(true)] out ClientFrame? frame, out FrameFault fault) => throw new NotImplementedException();
}
