using Godwit.Server.Tests.Abuse;
using Godwit.Server.Tests.Crash;
using Godwit.Server.Tests.Links;
using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Godwit.Server.Tests;

/// <summary>Runs the tests; or, as <c>aside</c>, what a test wants in a process of its own, as <c>link</c>, a link, or, as <c>crash</c>, the long form of the crash test.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args) =>
        args is [Aside.Command, .. string[] rest] ? Aside.RunAsync(rest)
        : args is [LinkAside.Verb] ? LinkAside.RunAsync()
        : args is [CrashCommand.Verb, .. string[] crash] ? CrashCommand.RunAsync(crash)
        : args.Contains("--server") || args.Contains("--internal-msbuild-node") ? TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
        : ConsoleRunner.Run(args);
}
