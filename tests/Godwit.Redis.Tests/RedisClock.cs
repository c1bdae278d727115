using System.Buffers.Binary;
using System.Diagnostics;

namespace Godwit.Redis.Tests;

/// <summary>A redis-server whose clock stands still and is moved by the test: what expires, and every time that scripts see, go by it. Its timers do not.</summary>
/// <remarks>libfaketime, which other projects take for this, hangs while redis-server begins to allocate; so clock.c does what is needed of it.</remarks>
public sealed class RedisClock : IAsyncLifetime
{
    private static readonly Lazy<string> Layer = new(Compile);

    private readonly string _file = Path.GetTempFileName();

    /// <summary>The server.</summary>
    public RedisServerProcess Server { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Set(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Server = await RedisServerProcess.StartAsync(environment: Environment(_file));
    }

    /// <summary>Sets the clock.</summary>
    public void Set(DateTimeOffset time) => Set(_file, time);

    /// <summary>The environment of a server that goes by the clock in a file.</summary>
    internal static Dictionary<string, string> Environment(string file) => new() { ["LD_PRELOAD"] = Layer.Value, ["GODWIT_TEST_CLOCK"] = file };

    /// <summary>Sets the clock in a file.</summary>
    internal static void Set(string path, DateTimeOffset time)
    {
        byte[] nanoseconds = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(nanoseconds, (time - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);

        // In place, and in one write: the server has it mapped.
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(nanoseconds);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Server is { } server)
        {
            await server.DisposeAsync();
        }

        File.Delete(_file);
    }

    private static string Compile()
    {
        string folder = Directory.CreateTempSubdirectory("godwit-clock-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        string source = Path.Combine(folder, "clock.c"), layer = Path.Combine(folder, "clock.so");
        using (Stream text = typeof(RedisClock).Assembly.GetManifestResourceStream("clock.c")!)
        using (FileStream file = File.Create(source))
        {
            text.CopyTo(file);
        }

        using Process gcc = Process.Start(new ProcessStartInfo("gcc", ["-O2", "-shared", "-fPIC", "-o", layer, source]) { RedirectStandardError = true })!;
        string said = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        return gcc.ExitCode == 0 ? layer : throw new InvalidOperationException($"gcc cannot compile the clock of Redis: {said}");
    }
}
