using Godwit.Server.Comparing.Figures;
using Godwit.Server.Processes;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Reports;

/// <summary>The files that a comparison is to write.</summary>
internal sealed class ReportFiles(CompareRequest request)
{
    /// <summary>Finds out whether they can be written: better now than after minutes.</summary>
    /// <exception cref="DeploymentException">One cannot.</exception>
    public void Check()
    {
        ReportFile.Check(("--json", request.JsonFile), ("--html", request.HtmlFile));
        try
        {
            if (request.MarkdownFile is { } markdown && MarkedText.Insert(File.ReadAllText(markdown), "") is null)
            {
                throw new DeploymentException($"--markdown: {markdown} does not have the lines '{MarkedText.Begin}' and '{MarkedText.End}', between which the report goes");
            }

            if (request.PlotFolder is { } folder)
            {
                Directory.CreateDirectory(folder);
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"{(request.MarkdownFile is not null && !File.Exists(request.MarkdownFile) ? "--markdown" : "--svg")}: {fault.Message}");
        }
    }

    /// <summary>Writes them.</summary>
    /// <exception cref="DeploymentException">One cannot be written.</exception>
    public async Task WriteAsync(CompareResult result)
    {
        try
        {
            await ReportFile.WriteAsync(request.JsonFile, () => JsonReport.Text(result));
            await ReportFile.WriteAsync(request.HtmlFile, () => HtmlReport.Text(result));
            if (request.PlotFolder is { } folder)
            {
                await WritePlotsAsync(folder, result);
            }

            if (request.MarkdownFile is { } markdown)
            {
                string name = Path.GetFileNameWithoutExtension(markdown);
                string beside = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(markdown))!, name);
                Directory.CreateDirectory(beside);
                await WritePlotsAsync(beside, result);
                await ReportFile.WriteAsync(Path.Combine(beside, "figures.json"), () => JsonReport.Text(result));
                string text = await File.ReadAllTextAsync(markdown);
                await File.WriteAllTextAsync(markdown, MarkedText.Insert(text, MarkdownReport.Text(result, name)));
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"a report cannot be written: {fault.Message}");
        }
    }

    private static async Task WritePlotsAsync(string folder, CompareResult result)
    {
        foreach (Picture picture in ComparePlots.Of(result))
        {
            await File.WriteAllTextAsync(Path.Combine(folder, picture.Name + ".svg"), picture.Svg);
        }
    }
}
