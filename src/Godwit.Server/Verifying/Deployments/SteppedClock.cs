using System.Buffers.Binary;
using Godwit.Server.Verifying.Layers;

namespace Godwit.Server.Verifying.Deployments;

/// <summary>The wall clock of a server that is started with <c>clock.c</c>, and can be set to another time while it runs.</summary>
internal sealed class SteppedClock(string file)
{
    private static readonly Lazy<string> Layer = new(static () => NativeLayer.Compile("clock"));

    /// <summary>What a process needs in its environment to have it.</summary>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string> { [NativeLayer.Preload] = Layer.Value, ["CLOCK_LAYER_FILE"] = file };

    /// <summary>Sets the clock by so much ahead of, or with a negative time behind, the true time.</summary>
    public void Set(TimeSpan ahead)
    {
        byte[] nanoseconds = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(nanoseconds, ahead.Ticks * TimeSpan.NanosecondsPerTick);

        // In place and in one write: processes have it mapped.
        using var clock = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        clock.Write(nanoseconds);
    }
}
