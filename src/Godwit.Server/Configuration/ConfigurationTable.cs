using System.Text;
using Godwit.Rooms;

namespace Godwit.Server.Configuration;

/// <summary>A configuration as a table for people: setting, value, source.</summary>
internal static class ConfigurationTable
{
    private const string Default = "default";

    /// <summary>Prints every setting, then the policies in the order in which they are tried.</summary>
    public static string Print(LoadedConfiguration configuration)
    {
        ServerSettings settings = configuration.Settings;
        var defaults = new ServerSettings();
        var text = new StringBuilder();
        Rows(text, "", GodwitSettings.Table, settings, defaults, configuration.SourceOf);
        text.Append("\nPolicies, the first that matches a room is the room's:\n");
        Placed<RoomScope>[] scopes = [.. settings.Scopes()];
        for (int i = 0; i < scopes.Length; i++)
        {
            Assignments<RoomScope> own = settings.Policies[i].Value;
            text.Append('\n').Append(scopes[i].Value.Policy.Pattern).Append('\n');
            RoomScope scope = scopes[i].Value;
            Rows(text, "  ", RoomSettings.Policy, scope, defaults.Rooms, path =>
                own.SourceOf(path) ?? (configuration.SourceOf(path) is string outer && IsInherited(path, scope) ? $"inherited, {outer}" : null));
        }

        if (scopes.Length == 0 || scopes[^1].Value.Policy.Pattern.ToString() != RoomPattern.Everything.ToString())
        {
            text.Append($"\n{RoomPattern.Everything}\n  as at the top level\n");
        }

        return text.ToString();

        // A record age is made as long as the policy's own retention age: then it is not the one of every room.
        bool IsInherited(string path, RoomScope scope) => GodwitSettings.Table.Find(path)!.Print(settings) == RoomSettings.Policy.Find(path)!.Print(scope);
    }

    private static void Rows<TTarget>(StringBuilder text, string indent, SettingTable<TTarget> table, TTarget target, TTarget defaults, Func<string, string?> sourceOf)
    {
        Setting<TTarget>[] settings = [.. table.Settings.Where(setting => setting.Path is not (GodwitSettings.Policies or RoomSettings.Pattern))];
        string[] values = [.. settings.Select(setting => setting.Print(target) ?? setting.Unset)];
        int width = settings.Max(setting => setting.Path.Length) + 2;
        int valueWidth = values.Max(value => value.Length) + 2;
        for (int i = 0; i < settings.Length; i++)
        {
            string source = sourceOf(settings[i].Path)
                ?? (settings[i].Follows is string followed && settings[i].Print(defaults) != values[i] ? $"follows {followed}" : Default);
            text.Append(indent).Append(settings[i].Path.PadRight(width)).Append(values[i].PadRight(valueWidth)).Append(source).Append('\n');
        }
    }
}
