using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Godwit.Micro;

// In this process: the generated projects of other toolchains know nothing of this solution's output folders.
IConfig config = DefaultConfig.Instance
    .WithArtifactsPath(Path.Combine(AppContext.BaseDirectory, "results"))
    .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
return BenchmarkSwitcher.FromAssembly(typeof(Samples).Assembly).Run(args, config).Any(static summary => summary.HasCriticalValidationErrors) ? 1 : 0;
