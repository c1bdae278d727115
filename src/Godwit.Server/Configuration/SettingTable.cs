using System.Text.Json;

namespace Godwit.Server.Configuration;

/// <summary>The settings of a target, with the objects that hold them in the file.</summary>
internal sealed class SettingTable<TTarget>
{
    private readonly Dictionary<string, Setting<TTarget>> _settings;
    private readonly Dictionary<string, string> _sections;

    /// <summary>Makes a table.</summary>
    /// <param name="sections">What the objects in the file are about, by path.</param>
    /// <param name="settings">The settings, in the order in which they are set and documented.</param>
    public SettingTable(IReadOnlyDictionary<string, string> sections, params IReadOnlyList<Setting<TTarget>> settings)
    {
        Settings = settings;
        _settings = settings.ToDictionary(setting => setting.Path, StringComparer.Ordinal);
        _sections = new Dictionary<string, string>(sections, StringComparer.Ordinal);
    }

    public IReadOnlyList<Setting<TTarget>> Settings { get; }

    public IEnumerable<string> Paths => _settings.Keys;

    /// <summary>The paths of the objects that hold settings.</summary>
    public IEnumerable<string> Sections => _sections.Keys;

    /// <summary>Every name that may stand in a path.</summary>
    public IEnumerable<string> Names => Settings.SelectMany(setting => setting.Path.Split('.').Concat(setting.InnerNames)).Distinct(StringComparer.Ordinal);

    public Setting<TTarget>? Find(string path) => _settings.GetValueOrDefault(path);

    public bool IsSection(string path) => _sections.ContainsKey(path);

    /// <summary>Writes the schema of an object with these settings, into an object that is open.</summary>
    public void WriteSchema(Utf8JsonWriter json, TTarget? defaults, Action<Utf8JsonWriter>? more = null) => WriteObject(json, "", defaults, more);

    /// <summary>Writes an object with the values that a target has, as a configuration file would hold them.</summary>
    public void WriteValues(Utf8JsonWriter json, TTarget target)
    {
        json.WriteStartObject();
        WriteValues(json, "", target);
        json.WriteEndObject();
    }

    private void WriteValues(Utf8JsonWriter json, string within, TTarget target)
    {
        foreach (IGrouping<string, Setting<TTarget>> member in Settings
            .Where(setting => setting.Path.StartsWith(within, StringComparison.Ordinal) && setting.CanWrite(target))
            .GroupBy(setting => setting.Path[within.Length..].Split('.')[0]))
        {
            json.WritePropertyName(member.Key);
            if (Find(within + member.Key) is Setting<TTarget> setting)
            {
                setting.WriteValue(json, target);
                continue;
            }

            json.WriteStartObject();
            WriteValues(json, $"{within}{member.Key}.", target);
            json.WriteEndObject();
        }
    }

    private void WriteObject(Utf8JsonWriter json, string within, TTarget? defaults, Action<Utf8JsonWriter>? more)
    {
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartObject("properties");
        more?.Invoke(json);
        var required = new List<string>();
        var done = new HashSet<string>(StringComparer.Ordinal);
        foreach (Setting<TTarget> setting in Settings)
        {
            if (!setting.Path.StartsWith(within, StringComparison.Ordinal))
            {
                continue;
            }

            string name = setting.Path[within.Length..].Split('.')[0];
            if (!done.Add(name))
            {
                continue;
            }

            json.WriteStartObject(name);
            if (within + name == setting.Path)
            {
                setting.WriteSchema(json, defaults);
                required.AddRange(setting.Required ? [name] : []);
            }
            else
            {
                json.WriteString("description", _sections[within + name]);
                WriteObject(json, $"{within}{name}.", defaults, null);
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
        if (required.Count > 0)
        {
            json.WriteStartArray("required");
            required.ForEach(json.WriteStringValue);
            json.WriteEndArray();
        }
    }
}
