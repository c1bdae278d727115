using System.Text.RegularExpressions;
using Godwit.Server.Diagnosing;

namespace Godwit.Server.Tests.Diagnosing;

public sealed partial class FindingKindTests
{
    [Fact]
    public void The_document_has_every_finding_with_its_directives_and_no_other()
    {
        using var file = new StreamReader(typeof(FindingKindTests).Assembly.GetManifestResourceStream("cli.md")!);
        string[] rows = [.. file.ReadToEnd().Split('\n').Where(static line => Row().IsMatch(line))];
        Assert.Equal(FindingKind.All.Select(static kind => $"| `{kind.Code}`{(kind.IsAdvice ? " (advice)" : "")} | {kind.Title} | {kind.Nginx} | {kind.Haproxy} |"), rows);
    }

    [Fact]
    public void Codes_are_different()
    {
        Assert.Equal(FindingKind.All.Count, FindingKind.All.Select(static kind => kind.Code).Distinct(StringComparer.Ordinal).Count());
    }

    // Three columns behind the code.
    [GeneratedRegex(@"^\| `[a-z0-9.-]+`( \(advice\))? \|[^|]+\|[^|]+\|[^|]+\|$")]
    private static partial Regex Row();
}
