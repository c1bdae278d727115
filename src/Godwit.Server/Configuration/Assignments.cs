using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration;

/// <summary>What sources set, the strongest last. Every value of every source is checked, also one that a stronger source replaces.</summary>
internal sealed class Assignments<TTarget>(SettingTable<TTarget> table)
{
    private readonly Dictionary<string, (string Source, Action<TTarget>? Set)> _set = new(StringComparer.Ordinal);

    /// <summary>Where a setting was set; null if none of the sources did.</summary>
    public string? SourceOf(string path) => _set.TryGetValue(path, out (string Source, Action<TTarget>? Set) assigned) ? assigned.Source : null;

    /// <summary>Whether a setting was set to something that it does not take.</summary>
    public bool IsFaulty(string path) => _set.TryGetValue(path, out (string Source, Action<TTarget>? Set) assigned) && assigned.Set is null;

    /// <summary>Adds a source, which beats those added before.</summary>
    /// <param name="source">Its object.</param>
    /// <param name="path">The full path of the object; empty for the whole.</param>
    /// <param name="faults">Where faults are added.</param>
    public void Add(SourceNode source, string path, List<Fault> faults)
    {
        AddSection(source, path, "", faults);
        foreach (Setting<TTarget> setting in table.Settings)
        {
            if (setting.Required && source.Kind == SourceKind.Object && SourceOf(setting.Path) is null)
            {
                faults.Add(new Fault(source.Source, path, $"it has no {setting.Path}", $"add one: {setting.Rule}"));
            }
        }
    }

    /// <summary>Sets everything on a target, in the order in which the settings are declared.</summary>
    public void ApplyTo(TTarget target)
    {
        foreach (Setting<TTarget> setting in table.Settings)
        {
            if (_set.TryGetValue(setting.Path, out (string Source, Action<TTarget>? Set) assigned))
            {
                assigned.Set?.Invoke(target);
            }
        }
    }

    private void AddSection(SourceNode section, string path, string within, List<Fault> faults)
    {
        if (section.Kind != SourceKind.Object)
        {
            faults.Add(new Fault(section.Source, path, $"{ValueReading.Article(section.Kind)} stands here", "it takes an object with settings of its own"));
            return;
        }

        foreach ((string name, SourceNode value) in section.Members)
        {
            string inTable = within.Length == 0 ? name : $"{within}.{name}";
            string full = path.Length == 0 ? name : $"{path}.{name}";
            if (table.Find(inTable) is Setting<TTarget> setting)
            {
                _set[inTable] = (value.Source, setting.Read(value, full, faults));
            }
            else if (table.IsSection(inTable))
            {
                AddSection(value, full, inTable, faults);
            }
            else if (full != "$schema" || value.Kind != SourceKind.String)
            {
                // An editor finds the schema by "$schema"; it sets nothing.
                AddUnknown(value, full, inTable, faults);
            }
        }
    }

    private void AddUnknown(SourceNode value, string full, string inTable, List<Fault> faults)
    {
        bool variable = value.Source.StartsWith(EnvironmentSource.Prefix, StringComparison.Ordinal);
        if (variable && value.Kind == SourceKind.Object)
        {
            // Each variable is a fault of its own, not only the first of those that begin alike.
            value.Members.ForEach(member => AddUnknown(member.Value, $"{full}.{member.Name}", $"{inTable}.{member.Name}", faults));
            return;
        }

        string? nearest = NearestName.To(inTable, variable ? table.Paths : table.Paths.Concat(table.Sections));
        string within = full[..^inTable.Length];
        string? remedy = nearest is null ? null : $"did you mean {(variable ? EnvironmentSource.NameOf(within + nearest) : within + nearest)}?";
        faults.Add(new Fault(Fault.Shown(value.NamedAt ?? value.Source), Fault.Shown(full), "there is no such setting", remedy));
    }
}
