using System.Diagnostics;

namespace Godwit.Server.Verifying.Layers;

/// <summary>What stands between a process and the system, compiled when it is needed and loaded by <c>LD_PRELOAD</c>.</summary>
internal static class NativeLayer
{
    /// <summary>The variable that names what is loaded.</summary>
    public const string Preload = "LD_PRELOAD";

    private static readonly Lazy<string> Folder = new(MakeFolder);

    /// <summary>Why there are no layers here; null if there are.</summary>
    public static string? Absence { get; } = !OperatingSystem.IsLinux() ? "the layer for it is for Linux"
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(static path => File.Exists(Path.Combine(path, "gcc"))) ? null : "gcc is missing";

    /// <summary>Compiles a layer.</summary>
    /// <param name="name">The name of its source among the resources, without <c>verify/</c> and <c>.c</c>.</param>
    /// <returns>The path of the library.</returns>
    /// <exception cref="InvalidOperationException">The compiler does not take it: its headers are missing.</exception>
    public static string Compile(string name)
    {
        string source = Path.Combine(Folder.Value, name + ".c");
        using (Stream text = typeof(NativeLayer).Assembly.GetManifestResourceStream($"verify/{name}.c")!)
        using (FileStream file = File.Create(source))
        {
            text.CopyTo(file);
        }

        string layer = Path.ChangeExtension(source, ".so");
        using Process gcc = Process.Start(new ProcessStartInfo("gcc", ["-O2", "-shared", "-fPIC", "-o", layer, source, "-ldl", "-lpthread"]) { RedirectStandardError = true })!;
        string said = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        return gcc.ExitCode == 0 ? layer : throw new InvalidOperationException($"gcc cannot compile {name}.c: {said}");
    }

    private static string MakeFolder()
    {
        string folder = Directory.CreateTempSubdirectory("godwit-layers-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
