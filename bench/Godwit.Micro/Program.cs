using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Running;
using Godwit.Micro;

if (args is ["redis-appends", .. string[] rest])
{
    return await RedisAppends.RunAsync(rest);
}

// In this process: the projects that BenchmarkDotNet generates know nothing of this solution's output folders.
IConfig config = DefaultConfig.Instance.WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"));
return BenchmarkSwitcher.FromAssembly(typeof(Samples).Assembly).Run(["--inProcess", .. args], config).Any(static summary => summary.HasCriticalValidationErrors) ? 1 : 0;
