using System.Text.RegularExpressions;

namespace Godwit.Server.Tests.Docs;

/// <summary>docs/complaints.md says of each complaint which test proves what is done about it; those tests are there.</summary>
public sealed partial class ComplaintTests
{
    private static readonly string Root = FindRoot();

    private static readonly Lazy<HashSet<string>> Known = new(static () => TestNames.Read(Root));

    private static readonly Lazy<List<(string Title, string Text)>> Complaints = new(static () => Read(File.ReadAllText(Path.Combine(Root, "docs", "complaints.md"))));

    public static TheoryData<string> Titles() => [.. Complaints.Value.Select(static complaint => complaint.Title)];

    [Fact]
    public void They_are_numbered_from_1_to_28()
    {
        Assert.Equal(Enumerable.Range(1, 28).Select(static number => $"{number}"), Complaints.Value.Select(static complaint => complaint.Title.Split('.')[0]));
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void Each_leads_to_where_it_was_told_and_names_a_test_or_says_why_there_is_none(string title)
    {
        string text = Complaints.Value.Single(complaint => complaint.Title == title).Text;
        Assert.Matches(Told(), text);
        Assert.True(Names(text).Count > 0 != text.Contains("**No test**", StringComparison.Ordinal), $"'{title}' has to name a test, or to say why there is none behind **No test**.");
    }

    [Theory]
    [MemberData(nameof(Titles))]
    public void Every_test_that_is_named_is_there(string title)
    {
        string text = Complaints.Value.Single(complaint => complaint.Title == title).Text;
        string[] missing = [.. Names(text).Where(static name => !Known.Value.Contains(name))];
        Assert.True(missing.Length == 0, $"'{title}' names tests that are not there:\n{string.Join('\n', missing)}");
    }

    /// <summary>The names in code type that are names of tests: of a class and a sentence, or of a file and a title.</summary>
    private static List<string> Names(string text) => [.. TestName().Matches(text).Select(static match => match.Groups["name"].Value)];

    private static List<(string Title, string Text)> Read(string document) =>
        [.. document.Split("\n## ").Skip(1).Where(static section => char.IsAsciiDigit(section[0])).Select(static section => (section.Split('\n')[0], section))];

    private static string FindRoot()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Godwit.slnx")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return directory;
    }

    [GeneratedRegex(@"\]\(https://github\.com/[\w.-]+/[\w.-]+/(issues|pull)/\d+\)")]
    private static partial Regex Told();

    [GeneratedRegex(@"`(?<name>[A-Z]\w+\.[A-Z]\w*_\w+|[\w-]+\.test\.js: [^`]+)`")]
    private static partial Regex TestName();
}
