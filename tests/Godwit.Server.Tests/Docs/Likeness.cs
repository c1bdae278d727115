using System.Text;
using System.Text.RegularExpressions;

namespace Godwit.Server.Tests.Docs;

/// <summary>Whether what came is what a document shows.</summary>
/// <remarks>
/// Every character counts, and so the order of members, types and values, but for what differs from run to run: of a position the
/// epoch and the mark, of an entry its time, and whatever the document leaves out with an ellipsis. Epochs and positions that are the
/// same in the document are the same in what came, and different ones differ.
/// </remarks>
internal sealed partial class Likeness
{
    private const char Ellipsis = '…';

    private readonly Dictionary<string, string> _actual = [];
    private readonly Dictionary<string, string> _shown = [];

    /// <summary>Whether a line is like the shown one. If so the positions in it are known from then on.</summary>
    public bool Takes(string shown, string actual)
    {
        var pattern = new StringBuilder("^");
        var names = new List<string>();
        int end = 0;
        foreach (Match variable in Variable().Matches(shown))
        {
            pattern.Append(Regex.Escape(shown[end..variable.Index]));
            end = variable.Index + variable.Length;
            if (variable.Groups["position"].Success)
            {
                names.Add(variable.Value);
                pattern.Append($"([0-9A-Za-z_~]{{11}}-{variable.Groups["offset"].Value}-[0-9A-Za-z_~]{{6}})");
            }
            else if (variable.Value[0] == Ellipsis)
            {
                bool text = shown[variable.Index - 1] == '"';
                pattern.Append(text ? "[^\"]+" : ".+");
            }
            else
            {
                pattern.Append("[0-9]{13}");
            }
        }

        pattern.Append(Regex.Escape(shown[end..])).Append('$');
        Match match = Regex.Match(actual, pattern.ToString(), RegexOptions.CultureInvariant);
        if (!match.Success)
        {
            return false;
        }

        (string Shown, string Actual)[] pairs = [.. names.SelectMany((name, index) => Parts(name, match.Groups[index + 1].Value))];
        if (!pairs.All(pair => Agrees(pairs, pair.Shown, pair.Actual)))
        {
            return false;
        }

        foreach ((string name, string value) in pairs)
        {
            _actual[name] = value;
            _shown[value] = name;
        }

        return true;
    }

    /// <summary>A shown command with the positions that it needs in order to be run.</summary>
    public string Translate(string command) => Position().Replace(command, position =>
    {
        Assert.True(_actual.TryGetValue(position.Value, out string? value), $"Nothing before '{command}' says what {position.Value} is.");
        return value;
    });

    private static IEnumerable<(string Shown, string Actual)> Parts(string shown, string actual) => [(shown, actual), (shown.Split('-')[0], actual.Split('-')[0])];

    private bool Agrees((string Shown, string Actual)[] pairs, string shown, string actual) =>
        _actual.GetValueOrDefault(shown, actual) == actual
        && _shown.GetValueOrDefault(actual, shown) == shown
        && pairs.All(pair => pair.Shown == shown == (pair.Actual == actual));

    [GeneratedRegex(@"(?<position>\b[0-9A-Za-z_~]{11}-(?<offset>[0-9]+)-[0-9A-Za-z_~]{6})|(?<=""time"":)[0-9]{13}|…")]
    private static partial Regex Variable();

    [GeneratedRegex(@"\b[0-9A-Za-z_~]{11}-[0-9]+-[0-9A-Za-z_~]{6}")]
    private static partial Regex Position();
}
