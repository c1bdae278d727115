using System.Text;

namespace Godwit.Bench.Generator;

/// <summary>What a POST looks like that publishes several entries, an NDJSON line for each.</summary>
/// <param name="path">The path that takes it.</param>
/// <param name="entries">How many entries.</param>
/// <param name="room">The room of the entry with a number.</param>
internal sealed class PublishBatch(string path, int entries, Func<long, string> room) : PublishForm(path)
{
    public override int Entries => entries;

    protected override string ContentType => "application/x-ndjson";

    public override string? Fault(string answer)
    {
        string[] lines = answer.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return lines.Length != entries ? $"{lines.Length} lines to {entries} entries" : lines.FirstOrDefault(static line => !line.StartsWith("{\"position\":", StringComparison.Ordinal));
    }

    protected override string Body(long first)
    {
        StringBuilder lines = new();
        for (long number = first; number < first + entries; number++)
        {
            lines.Append("{\"room\":\"").Append(room(number)).Append("\",\"data\":").Append(Data(number)).Append("}\n");
        }

        return lines.ToString();
    }
}
