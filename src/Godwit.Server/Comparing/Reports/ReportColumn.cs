using Godwit.Server.Comparing.Figures;

namespace Godwit.Server.Comparing.Reports;

/// <summary>A column of a table.</summary>
/// <param name="Heading">Its heading.</param>
/// <param name="Under">What stands over several columns, such as "single entry"; empty for nothing.</param>
/// <param name="Value">What it shows; null where it is not known.</param>
internal sealed record ReportColumn(string Heading, string Under, Func<WayFigures, string?> Value);

/// <summary>A table: a row for each way of reading.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Note">What is to be known to read it.</param>
/// <param name="Columns">Its columns.</param>
internal sealed record ReportTable(string Title, string Note, IReadOnlyList<ReportColumn> Columns);
