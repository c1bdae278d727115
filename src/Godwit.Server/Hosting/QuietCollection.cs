namespace Godwit.Server.Hosting;

internal sealed class QuietCollection(TimeProvider time) : IHostedService, IDisposable
{
    private ITimer? _timer;
    private long _last;
    private long _collected;
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _timer = time.CreateTimer(_ => Tick(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        return Task.CompletedTask;
    }
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public void Dispose() => _timer?.Dispose();
    private void Tick()
    {
        long now = GC.GetTotalAllocatedBytes(false);
        bool quiet = now - _last < 1 << 20;
        _last = now;
        if (quiet && now - _collected > 8 << 20)
        {
            long t = time.GetTimestamp();
            string[] m = (Environment.GetEnvironmentVariable("QC") ?? "2,1,1,1").Split(',');
            if (m[0] == "9") { return; }
            GC.Collect(int.Parse(m[0]), (GCCollectionMode)int.Parse(m[1]), m[2] == "1", m[3] == "1");
            File.AppendAllText("/tmp/memory/qc.log", $"{string.Join(',', m)} {time.GetElapsedTime(t).TotalMilliseconds} ms heap {GC.GetTotalMemory(false) >> 20} pause {GC.GetTotalPauseDuration().TotalMilliseconds}\n");
            _collected = GC.GetTotalAllocatedBytes(false);
            _last = _collected;
        }
    }
}
