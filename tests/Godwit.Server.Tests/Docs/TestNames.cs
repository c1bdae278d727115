using System.Text.RegularExpressions;

namespace Godwit.Server.Tests.Docs;

/// <summary>The names of all tests that the sources have: <c>Class.Method</c> in C#, <c>file.test.js: title</c> in JavaScript.</summary>
internal static partial class TestNames
{
    private static readonly string[] Folders = [Path.Combine("tests"), Path.Combine("clients", "js", "test")];

    /// <summary>Reads them.</summary>
    /// <param name="root">Where the repository is.</param>
    public static HashSet<string> Read(string root)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (string file in Folders.SelectMany(folder => Files(Path.Combine(root, folder))))
        {
            string text = File.ReadAllText(file);
            if (file.EndsWith(".cs", StringComparison.Ordinal))
            {
                AddMethods(text, names);
            }
            else
            {
                names.UnionWith(JavaScriptTest().Matches(text).Select(match => $"{Path.GetFileName(file)}: {match.Groups["title"].Value}"));
            }
        }

        return names;
    }

    private static IEnumerable<string> Files(string folder)
    {
        string modules = Path.DirectorySeparatorChar + "node_modules" + Path.DirectorySeparatorChar;
        return Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(file => (file.EndsWith(".cs", StringComparison.Ordinal) || file.EndsWith(".test.js", StringComparison.Ordinal)) && !file.Contains(modules, StringComparison.Ordinal));
    }

    private static void AddMethods(string text, HashSet<string> names)
    {
        // One that is skipped without a condition proves nothing, and so does not count.
        MatchCollection classes = Class().Matches(text);
        foreach (Match method in Method().Matches(text).Where(static method => !method.Groups["arguments"].Value.Contains("Skip =", StringComparison.Ordinal)))
        {
            if (classes.LastOrDefault(type => type.Index < method.Index) is { } of)
            {
                names.Add($"{of.Groups["name"].Value}.{method.Groups["name"].Value}");
            }
        }
    }

    [GeneratedRegex(@"^(public|internal)[a-z ]* class (?<name>\w+)", RegexOptions.Multiline)]
    private static partial Regex Class();

    [GeneratedRegex(@"\[(Fact|Theory)(?<arguments>\([^\]]*\))?\]\s*(\[.*\]\s*)*public (static )?(async )?[\w<>]+ (?<name>\w+)\(")]
    private static partial Regex Method();

    [GeneratedRegex("""^\s*test\((?<quote>["`])(?<title>.+?)\k<quote>, """, RegexOptions.Multiline)]
    private static partial Regex JavaScriptTest();
}
