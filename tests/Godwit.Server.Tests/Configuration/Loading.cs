using System.CommandLine;
using System.Text;
using Godwit.Server.Commands;
using Godwit.Server.Configuration;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Tests.Configuration;

/// <summary>Loads a configuration of what a test writes into the sources.</summary>
internal static class Loading
{
    /// <summary>The settings of sources without faults.</summary>
    public static ServerSettings Settings(string? file = null, string[]? variables = null, string[]? flags = null) => Load(file, variables, flags).Settings;

    /// <summary>The configuration of sources without faults.</summary>
    public static LoadedConfiguration Load(string? file = null, string[]? variables = null, string[]? flags = null)
    {
        LoadedConfiguration? loaded = TryLoad(file, variables, flags, out List<Fault> faults);
        Assert.Empty(faults);
        return loaded!;
    }

    /// <summary>What a person is told about sources with faults, a line each.</summary>
    public static string[] Faults(string? file = null, string[]? variables = null, string[]? flags = null)
    {
        Assert.Null(TryLoad(file, variables, flags, out List<Fault> faults));
        return [.. faults.Select(fault => fault.ToString())];
    }

    /// <summary>The only thing that a person is told.</summary>
    public static string Fault(string? file = null, string[]? variables = null, string[]? flags = null) => Assert.Single(Faults(file, variables, flags));

    /// <summary>A configuration file that goes when it is disposed.</summary>
    public static TemporaryFile File(string content) => new(Encoding.UTF8.GetBytes(content));

    private static LoadedConfiguration? TryLoad(string? file, string[]? variables, string[]? flags, out List<Fault> faults)
    {
        faults = [];
        using TemporaryFile? written = file is null ? null : File(file);
        var settingFlags = new SettingFlags(GodwitSettings.Table);
        var command = new Command("serve");
        foreach (Option option in settingFlags.Options)
        {
            command.Options.Add(option);
        }

        ParseResult parsed = command.Parse(flags ?? []);
        Assert.Empty(parsed.Errors);
        LoadedConfiguration.TryLoad(settingFlags.Read(parsed, faults), (variables ?? []).Select(Variable), written?.Path, out LoadedConfiguration? loaded, faults);
        if (written is not null)
        {
            faults = [.. faults.Select(fault => fault with { Source = Short(fault.Source), Problem = Short(fault.Problem) })];
        }

        return loaded;

        string Short(string text) => text.Replace(written!.Path, "file", StringComparison.Ordinal);
    }

    private static KeyValuePair<string, string> Variable(string text)
    {
        string[] parts = text.Split('=', 2);
        return KeyValuePair.Create(parts[0], parts[1]);
    }
}

/// <summary>A file in the directory for temporary files.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(byte[] content) => System.IO.File.WriteAllBytes(Path, content);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"godwit-{Guid.NewGuid():N}.json");

    public void Dispose() => System.IO.File.Delete(Path);
}
