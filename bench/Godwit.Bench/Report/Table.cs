using Godwit.Bench.Measure;

namespace Godwit.Bench.Report;

/// <summary>A table of the report: one part of a load, a row for each system, transport and size.</summary>
/// <param name="Part">Which samples it shows.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Columns">What it shows of each row.</param>
internal sealed record Table(string Part, string Title, IReadOnlyList<Column> Columns)
{
    /// <summary>What is to be known to read it; empty for nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>What the rows' size counts, for rows that differ in it, such as "connections"; null where they do not.</summary>
    public string? SizeName { get; init; }

    /// <summary>Whether its rows are too many to be read, and only its plots are shown.</summary>
    public bool IsPlotAlone { get; init; }

    /// <summary>The plots that are drawn of it.</summary>
    public IReadOnlyList<Plot> Plots { get; init; } = [];

    /// <summary>The columns that every measurement of deliveries has.</summary>
    public static IReadOnlyList<Column> DeliveryColumns { get; } =
    [
        new("CPU µs per delivery", Figure.Cpu, "0.00"),
        new("user part", Figure.UserCpu, "0.00"),
        new("× floor", Figure.Cpu, "0.00") { RelativeTo = "floor" },
        new("× bun", Figure.Cpu, "0.00") { RelativeTo = "bun" },
        new("deliveries/s", Figure.Rate, "#,0"),
        new("entries per receive", Figure.PerRead, "0.0"),
        new("generator CPU µs per delivery", Figure.GeneratorCpu, "0.00"),
    ];
}

/// <summary>A column of a table.</summary>
internal sealed record Column(string Heading, string Figure, string Format)
{
    /// <summary>The system to whose figure over WebSocket it is the ratio, in each round; null for the figure itself.</summary>
    public string? RelativeTo { get; init; }
}

/// <summary>A plot of a table's figure: bars of its rows, or lines over their sizes where those differ.</summary>
/// <param name="Figure">What is drawn.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Unit">What the axis counts.</param>
/// <param name="Format">How its numbers are written.</param>
internal sealed record Plot(string Figure, string Title, string Unit, string Format)
{
    /// <summary>Whether the sizes are moments, which stand as far apart as they are.</summary>
    public bool IsOverTime { get; init; }
}
