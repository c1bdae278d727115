using System.Globalization;

namespace Godwit.Server.Configuration.Sources;

/// <summary>Settings in environment variables: <c>GODWIT_</c> and the path with <c>__</c> between its parts, list items by number.</summary>
/// <remarks>Case does not matter, because environment variables are customarily in capitals.</remarks>
internal static class EnvironmentSource
{
    /// <summary>What the names of all variables that are meant for Godwit begin with.</summary>
    public const string Prefix = "GODWIT_";

    private const string Separator = "__";

    /// <summary>Reads the variables that are Godwit's, and knows the names of settings from <paramref name="canonical"/>.</summary>
    /// <param name="variables">All variables of the process.</param>
    /// <param name="canonical">The way a part of a path is spelt in the file, whatever its case.</param>
    /// <param name="faults">Where faults are added.</param>
    public static SourceNode Read(IEnumerable<KeyValuePair<string, string>> variables, Func<string, string> canonical, List<Fault> faults)
    {
        var root = new SourceNode("the environment", SourceKind.Object);
        foreach ((string name, string value) in variables.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (name.StartsWith(Prefix, StringComparison.Ordinal) && !KubernetesVariable.Is(name, value) && !ClientVariable.Is(name))
            {
                Add(root, name, value, canonical, faults);
            }
        }

        return WithLists(root, "", faults);
    }

    /// <summary>The variable of a setting.</summary>
    public static string NameOf(string path) => Prefix + path.Replace("[", Separator, StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal).Replace(".", Separator, StringComparison.Ordinal);

    private static void Add(SourceNode root, string name, string value, Func<string, string> canonical, List<Fault> faults)
    {
        string[] parts = [.. name[Prefix.Length..].Split(Separator).Select(canonical)];
        SourceNode node = root;
        for (int i = 0; i < parts.Length; i++)
        {
            bool last = i == parts.Length - 1;
            SourceNode? next = node[parts[i]];
            if (next is null)
            {
                next = last ? new SourceNode(name, SourceKind.Text, value) : new SourceNode(name, SourceKind.Object);
                node.Members.Add((parts[i], next));
            }
            else if (last || next.Kind != SourceKind.Object)
            {
                faults.Add(new Fault(Fault.Shown(name), Fault.Shown(string.Join('.', parts)), $"it contradicts {Fault.Shown(next.Source)}", "leave one"));
                return;
            }

            node = next;
        }
    }

    // Objects whose members are all numbers are lists.
    private static SourceNode WithLists(SourceNode node, string path, List<Fault> faults)
    {
        if (node.Kind != SourceKind.Object)
        {
            return node;
        }

        bool list = path.Length > 0 && node.Members.TrueForAll(member => int.TryParse(member.Name, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        var read = new SourceNode(node.Source, list ? SourceKind.List : SourceKind.Object);
        if (!list)
        {
            foreach ((string name, SourceNode value) in node.Members)
            {
                read.Members.Add((name, WithLists(value, path.Length == 0 ? name : $"{path}.{name}", faults)));
            }

            return read;
        }

        foreach ((string name, SourceNode value) in node.Members.OrderBy(member => int.Parse(member.Name, CultureInfo.InvariantCulture)))
        {
            if (name != read.Items.Count.ToString(CultureInfo.InvariantCulture))
            {
                faults.Add(new Fault(Fault.Shown(value.Source), Fault.Shown($"{path}[{name}]"), $"there is no item {read.Items.Count} before it", "number the items 0, 1, 2 and so on"));
                break;
            }

            read.Items.Add(WithLists(value, $"{path}[{name}]", faults));
        }

        return read;
    }
}
