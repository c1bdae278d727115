using Godwit.Bench.Loads;
using Godwit.Server.Reporting;

namespace Godwit.Bench.Report;

/// <summary>The report in a file: what stands between two marks is replaced, what people wrote around them stays.</summary>
internal static class ReportFile
{
    public const string Begin = MarkedText.Begin;
    public const string End = MarkedText.End;

    /// <summary>Writes the report, and beside it, in a folder of the file's name, the plots and the samples.</summary>
    public static void Write(string file, Results results, Conditions conditions)
    {
        string name = Path.GetFileNameWithoutExtension(file);
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, name);
        Directory.CreateDirectory(folder);
        foreach (string plot in Directory.GetFiles(folder, "*.svg"))
        {
            File.Delete(plot);
        }

        foreach (Table table in conditions.Loads.SelectMany(load => load.Tables(conditions.Options)))
        {
            PlotFiles.Write(folder, table, results);
        }

        JsonReport.Write(Path.Combine(folder, "samples.json"), results, conditions);
        string report = new MarkdownReport(results, conditions, name).ToString();
        File.WriteAllText(file, Insert(File.Exists(file) ? File.ReadAllText(file) : $"# Benchmarks\n\n{Begin}\n{End}\n", report));
    }

    /// <summary>A text with what stands between the marks replaced.</summary>
    /// <exception cref="BenchFault">It has no such marks.</exception>
    public static string Insert(string text, string report) =>
        MarkedText.Insert(text, report) ?? throw new BenchFault($"The report goes between the lines '{Begin}' and '{End}', which the file does not have.");
}
