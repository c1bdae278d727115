using System.Diagnostics;

namespace Godwit.Server.Tests.Abuse;

/// <summary>Well-behaved clients, as many as have the server spend a share of the processors on all it does.</summary>
/// <remarks>Abusers are busy on the same machine here, as they never are elsewhere; so their own share is used up as well.</remarks>
/// <param name="clients">What they do.</param>
/// <param name="root">The server.</param>
/// <param name="id">Its process.</param>
/// <param name="share">Its share of the processors, 1 for one.</param>
/// <param name="own">The share that the abusers had, and this process is to have.</param>
internal sealed class Background(Counterpart clients, Uri root, int id, double share, double own)
{
    private readonly Process _server = Process.GetProcessById(id);

    /// <summary>The share that the server spent.</summary>
    public double Share { get; private set; }

    private TimeSpan Cpu
    {
        get
        {
            lock (_server)
            {
                _server.Refresh();
                return _server.TotalProcessorTime;
            }
        }
    }

    /// <summary>Goes on until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        TimeSpan began = Cpu;
        long start = TimeProvider.System.GetTimestamp();
        TimeSpan ownBegan = Environment.CpuUsage.TotalTime;
        Task burning = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(Burn, CancellationToken.None)));
        await clients.RunAsync(root, MayGoOn, cancel);
        await burning;

        async Task Burn()
        {
            while (!cancel.IsCancellationRequested)
            {
                if (Environment.CpuUsage.TotalTime - ownBegan < own * TimeProvider.System.GetElapsedTime(start))
                {
                    Thread.SpinWait(20_000);
                    await Task.Yield();
                }
                else
                {
                    await Task.Delay(1, CancellationToken.None);
                }
            }
        }

        bool MayGoOn()
        {
            TimeSpan spent = Cpu - began;
            TimeSpan time = TimeProvider.System.GetElapsedTime(start);
            Share = spent / time;
            return spent < share * time;
        }
    }
}
