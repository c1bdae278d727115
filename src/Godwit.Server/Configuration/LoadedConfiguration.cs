using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Godwit.AspNetCore;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration;

/// <summary>A configuration that has no faults.</summary>
internal sealed class LoadedConfiguration
{
    private readonly Assignments<ServerSettings> _assigned;

    private LoadedConfiguration(Assignments<ServerSettings> assigned)
    {
        _assigned = assigned;
        Settings = Apply(new ServerSettings());
    }

    public ServerSettings Settings { get; }

    /// <summary>The settings that are set and that <see cref="ToJson"/> leaves out, because they are secrets.</summary>
    public IEnumerable<string> NotInJson => GodwitSettings.Table.Settings
        .Where(setting => setting.Print(Settings) is not null && !setting.CanWrite(Settings))
        .Select(setting => setting.Path);

    /// <summary>Where a setting was set; null if none of the sources did.</summary>
    public string? SourceOf(string path) => _assigned.SourceOf(path);

    /// <summary>A configuration file that says the same, with a line break at its end.</summary>
    public string ToJson()
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content, new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            GodwitSettings.Table.WriteValues(json, Settings);
        }

        return Encoding.UTF8.GetString(content.ToArray()) + "\n";
    }

    /// <summary>Reads all sources and checks them: flags beat the environment, the environment beats the file, the file beats the defaults.</summary>
    /// <param name="flags">What the command line sets.</param>
    /// <param name="variables">The variables of the process.</param>
    /// <param name="file">The path of the configuration file, if there is one.</param>
    /// <param name="loaded">The configuration; null if there are faults.</param>
    /// <param name="faults">Everything that is wrong, in all sources.</param>
    public static bool TryLoad(SourceNode flags, IEnumerable<KeyValuePair<string, string>> variables, string? file, [NotNullWhen(true)] out LoadedConfiguration? loaded, List<Fault> faults)
    {
        SettingTable<ServerSettings> table = GodwitSettings.Table;
        var assigned = new Assignments<ServerSettings>(table);
        if (file is not null && JsonSource.Read(file, faults) is SourceNode content)
        {
            assigned.Add(content, "", faults);
        }

        var names = table.Names.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase);
        assigned.Add(EnvironmentSource.Read(variables, part => names.GetValueOrDefault(part, part), faults), "", faults);
        assigned.Add(flags, "", faults);

        // What stands in order is checked even if something else does not, so that one run tells all.
        var settings = new ServerSettings();
        assigned.ApplyTo(settings);
        SettingRules.Check(settings, assigned, faults);
        loaded = faults.Count == 0 ? new LoadedConfiguration(assigned) { Settings = { Tls = settings.Tls } } : null;
        return loaded is not null;
    }

    /// <summary>Sets the engine's settings.</summary>
    public void ApplyTo(GodwitOptions engine) => Apply(new ServerSettings(engine, new GodwitHttpOptions()));

    /// <summary>Sets the settings of the HTTP endpoints.</summary>
    public void ApplyTo(GodwitHttpOptions http) => Apply(new ServerSettings(new GodwitOptions(), http));

    private ServerSettings Apply(ServerSettings settings)
    {
        _assigned.ApplyTo(settings);
        settings.Finish();
        return settings;
    }
}
