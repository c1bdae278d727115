using System.Globalization;

namespace Godwit.Redis.Tests;

/// <summary>A redis-server whose clock stands still and is moved by the test: what expires, and every time that scripts see, go by it. Its timers do not.</summary>
public sealed class RedisClock : IAsyncLifetime
{
    private readonly string _file = Path.GetTempFileName();

    /// <summary>The server.</summary>
    public RedisServerProcess Server { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Set(new DateTimeOffset(2000, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Server = await RedisServerProcess.StartAsync(environment: new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = Library(),
            ["FAKETIME_TIMESTAMP_FILE"] = _file,
            ["FAKETIME_NO_CACHE"] = "1",
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["TZ"] = "UTC",
        });
    }

    /// <summary>Sets the clock.</summary>
    public void Set(DateTimeOffset time)
    {
        // Put in place whole, since it is read at every look at the clock.
        string next = _file + ".next";
        File.WriteAllText(next, time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fffffff", CultureInfo.InvariantCulture));
        File.Move(next, _file, overwrite: true);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        File.Delete(_file);
    }

    private static string Library()
    {
        foreach (string folder in System.IO.Directory.GetDirectories("/usr/lib", "*-linux-gnu*"))
        {
            string file = Path.Combine(folder, "faketime", "libfaketime.so.1");
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException("libfaketime is missing: apt-get install libfaketime");
    }
}
