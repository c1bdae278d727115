using System.Diagnostics.CodeAnalysis;
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
