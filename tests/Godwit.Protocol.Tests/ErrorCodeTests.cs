using System.Globalization;
using System.Text.RegularExpressions;

namespace Godwit.Protocol.Tests;

/// <summary>The registry of codes, and that PROTOCOL.md tells the same.</summary>
public sealed partial class ErrorCodeTests
{
    private static readonly Lazy<List<Row>> Documented = new(ReadTable);

    public static TheoryData<string> Codes => [.. ErrorCode.All.Select(code => code.Code)];

    [Theory]
    [MemberData(nameof(Codes))]
    public void PROTOCOL_lists_a_code_with_its_status_close_code_and_title(string code)
    {
        ErrorCode expected = ErrorCode.All.Single(one => one.Code == code);
        Assert.Equal(new Row(code, expected.Status, expected.Close, expected.Title), Documented.Value.SingleOrDefault(row => row.Code == code));
    }

    [Fact]
    public void PROTOCOL_lists_no_code_that_the_server_does_not_have()
    {
        Assert.NotEmpty(Documented.Value);
        Assert.Empty(Documented.Value.Select(row => row.Code).Except(ErrorCode.All.Select(code => code.Code)));
    }

    [Fact]
    public void PROTOCOL_names_a_code_in_its_text_with_the_status_that_it_has()
    {
        // Whatever looks like a refusal: a status, a space and a code with a point in it.
        var has = ErrorCode.All.Select(code => (code.Code, code.Status)).ToHashSet();
        IEnumerable<(string, int)> told = Refusal().Matches(ProtocolText()).Select(match => (match.Groups["code"].Value, Number(match.Groups["status"].Value)));
        Assert.Empty(told.Except(has));
    }

    [Fact]
    public void A_code_is_words_of_small_letters_and_digits() =>
        Assert.All(ErrorCode.All, code => Assert.Matches("^[a-z0-9]+([._-][a-z0-9]+)*$", code.Code));

    [Fact]
    public void No_two_faults_share_a_code() => Assert.Equal(ErrorCode.All.Count, ErrorCode.All.DistinctBy(code => code.Code).Count());

    [Fact]
    public void No_two_faults_share_a_close_code() => Assert.Equal(ErrorCode.All.Count, ErrorCode.All.DistinctBy(code => code.Close).Count());

    [Fact]
    public void No_two_faults_share_a_title() => Assert.Equal(ErrorCode.All.Count, ErrorCode.All.DistinctBy(code => code.Title).Count());

    [Fact]
    public void A_close_code_tells_whether_to_reconnect()
    {
        Assert.All(ErrorCode.All, code => Assert.InRange(code.Close, 4000, 4999));
        Assert.All(ErrorCode.All, code => Assert.Equal(code.Close < 4500, code.Temporary));
    }

    [Fact]
    public void A_fault_of_the_server_is_temporary_and_a_fault_of_the_request_is_not()
    {
        // After 408 (RFC 9110 §15.5.9) and 429 (RFC 6585 §4) the same request may be sent again, as after no other client status.
        // 501 says what the server does not do at all, which the same request does not change.
        Assert.All(ErrorCode.All, code => Assert.Equal(code.Status is (>= 500 and not 501) or 408 or 429, code.Temporary));
    }

    private static List<Row> ReadTable()
    {
        string[] lines = ProtocolText().Split('\n');
        int head = Array.IndexOf(lines, "| code | HTTP status | close code | title |");
        Assert.True(head >= 0, "PROTOCOL.md has no table of codes.");

        var rows = new List<Row>();
        foreach (string line in lines.Skip(head + 2).TakeWhile(line => line.StartsWith('|')))
        {
            string[] cells = [.. line.Split('|', StringSplitOptions.TrimEntries)[1..^1]];
            Assert.Equal(4, cells.Length);
            rows.Add(new Row(cells[0].Trim('`'), Number(cells[1]), Number(cells[2]), cells[3]));
        }

        return rows;
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private static string ProtocolText()
    {
        using Stream file = typeof(ErrorCodeTests).Assembly.GetManifestResourceStream("PROTOCOL.md")!;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"\b(?<status>[45]\d\d)\s+`(?<code>[a-z0-9]+(?:[._-][a-z0-9]+)+)`")]
    private static partial Regex Refusal();

    private sealed record Row(string Code, int Status, int Close, string Title);
}
