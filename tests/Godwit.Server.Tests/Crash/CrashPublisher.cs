using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Crash;

/// <summary>Publishes one entry after the other, and each again with its key until it is acknowledged, whatever happens to the server.</summary>
internal sealed class CrashPublisher(CrashRecord record, Lives lives, string[] rooms, int number, int seed)
{
    private long _attempts;

    /// <summary>How many requests it sent.</summary>
    public long Attempts => Volatile.Read(ref _attempts);

    /// <summary>Publishes until it is told to stop, and then until the last one is acknowledged.</summary>
    public async Task RunAsync(CancellationToken stop, CancellationToken cancel)
    {
        var random = new Random(seed + number);
        HttpPublisher? publisher = null;
        Uri? at = null;
        for (int i = 0; !stop.IsCancellationRequested; i++)
        {
            string room = rooms[random.Next(rooms.Length)];
            string padding = new('x', random.Next(10) == 0 ? random.Next(6000) : random.Next(120));
            string data = string.Create(CultureInfo.InvariantCulture, $"\"{number}-{i}-{padding}\"");
            string key = string.Create(CultureInfo.InvariantCulture, $"crash-{seed:d10}-{number:d4}-{i:d10}");
            record.Attempts(data);
            string? position = null;
            while (position is null && !cancel.IsCancellationRequested)
            {
                Uri mount = await lives.MountAsync(cancel);
                if (mount != at || publisher?.Target.Room != room)
                {
                    await (publisher?.DisposeAsync() ?? ValueTask.CompletedTask);
                    publisher = new HttpPublisher(new ProbeTarget { Mount = mount, Room = room, Keep = 1 });
                    at = mount;
                }

                try
                {
                    _attempts++;
                    PublishOutcome outcome = await publisher.PublishAsync(Encoding.UTF8.GetBytes(data), "application/json", key: key, cancel: cancel);
                    position = outcome.Position;
                    if (position is not null)
                    {
                        record.Acknowledges(room, data, position, outcome.Duplicate);
                    }
                    else if (outcome.Status is not (503 or 429))
                    {
                        record.Violates($"{room}: a publish was answered {outcome.Status}: {outcome.Raw}");
                        return;
                    }
                    else
                    {
                        await Task.Delay(20, cancel);
                    }
                }
                catch (Exception fault) when (fault is HttpRequestException or IOException or SocketException or ObjectDisposedException)
                {
                    at = null;
                    await Task.Delay(5, cancel);
                }
            }
        }

        await (publisher?.DisposeAsync() ?? ValueTask.CompletedTask);
    }
}
