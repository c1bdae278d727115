using System.Globalization;

namespace Godwit.Server.Tests.Processes;

/// <summary>Who has started whom, as Linux tells.</summary>
internal static class ProcessTree
{
    /// <summary>The processes that a process has started.</summary>
    public static int[] ChildrenOf(int process)
    {
        try
        {
            return [.. Directory.GetDirectories($"/proc/{process}/task").SelectMany(static task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries)).Select(static id => int.Parse(id, CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            // It or one of its threads has ended.
            return [];
        }
    }

    /// <summary>Those, and what they have started.</summary>
    public static int[] DescendantsOf(int process) => [.. ChildrenOf(process).SelectMany(static child => DescendantsOf(child).Prepend(child))];

    /// <summary>The name of a process; null of one that is gone.</summary>
    public static string? NameOf(int process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/comm").Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }
}
