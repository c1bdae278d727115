using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration;

/// <summary>Checks lists of any source.</summary>
internal static class ListReading
{
    public static bool IsList(SourceNode node, string path, int least, List<Fault> faults)
    {
        if (node.Kind == SourceKind.List && node.Items.Count >= least)
        {
            return true;
        }

        faults.Add(node.Kind switch
        {
            SourceKind.List => new Fault(node.Source, path, "the list is empty", "leave it out to have the default"),
            SourceKind.Null => new Fault(node.Source, path, "null is not a list", "leave the setting out to have its default"),
            SourceKind.Text => new Fault(node.Source, path, "it is a list", $"number its items: {EnvironmentSource.NameOf($"{path}[0]")}"),
            _ => new Fault(node.Source, path, $"{ValueReading.Article(node.Kind)} stands here", "it takes a list, in [ and ]"),
        });
        return false;
    }
}
