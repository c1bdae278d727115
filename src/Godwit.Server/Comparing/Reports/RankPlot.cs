using Godwit.Server.Comparing.Plans;
using Godwit.Server.Reporting;

namespace Godwit.Server.Comparing.Reports;

/// <summary>A row for each way of reading, least first: its name and its figure, and below them a bar, or a point where the figures lie far apart. As narrow as a telephone.</summary>
internal static class RankPlot
{
    private const int Width = 384, Left = 12, Right = 14, Top = 40, Pitch = 36;

    // From so many times on between the greatest and the least they stand on a logarithmic axis.
    private const double FarApart = 30;

    /// <summary>A row.</summary>
    /// <param name="Way">The way of reading.</param>
    /// <param name="Value">Its figure.</param>
    /// <param name="Part">The part of it that is shown stronger, or null.</param>
    /// <param name="High">Another figure, above it, or null.</param>
    internal sealed record Item(Way Way, double Value, double? Part = null, double? High = null);

    /// <summary>Draws it.</summary>
    /// <param name="title">Its heading.</param>
    /// <param name="key">What bars and points mean; empty for the figure alone.</param>
    /// <param name="format">Writes a figure.</param>
    /// <param name="items">The rows.</param>
    /// <returns>The picture, and what it shows in words.</returns>
    public static (string Svg, string Description) Draw(string title, string key, Func<double, string> format, IEnumerable<Item> items)
    {
        Item[] all = [.. items.OrderBy(static item => item.Value)];
        double most = all.Max(static item => Math.Max(item.Value, item.High ?? 0));
        double least = all.Select(static item => item.Value).Where(static value => value > 0).DefaultIfEmpty(1).Min();
        bool isLogarithmic = most / least > FarApart;
        string description = (key.Length > 0 ? key + ": " : "") + string.Join("; ", all.Select(item => $"{item.Way.Label} {Shown(item, format)}"));
        int bottom = Top + 8 + (all.Length * Pitch);
        var svg = new Svg(Width, bottom + 26, title, description);
        double from = Math.Pow(10, Math.Floor(Math.Log10(least)));
        double to = isLogarithmic ? Math.Pow(10, Math.Ceiling(Math.Log10(most))) : Axis.UpTo(most).End;
        double X(double value) => Left + ((Width - Left - Right) * (isLogarithmic ? Math.Log(Math.Max(value, from) / from) / Math.Log(to / from) : value / to));
        foreach (double number in isLogarithmic ? Powers(from, to) : Axis.UpTo(most).Numbers())
        {
            svg.Line(X(number), Top, X(number), bottom, "g");
            svg.Text(X(number), bottom + 16, format(number), "m", number == to ? "end" : X(number) < Left + 1 ? "start" : "middle");
        }

        if (key.Length > 0)
        {
            svg.Text(Width - Right, 22, key, "m", "end");
        }

        for (int i = 0; i < all.Length; i++)
        {
            Write(svg, all[i], Top + 8 + (i * Pitch), format, X, isLogarithmic);
        }

        return (svg.ToString(), description);
    }

    /// <summary>The style of a family: its colour.</summary>
    internal static string StyleOf(Way way) => $"c{(int)way.Family}";

    private static void Write(Svg svg, Item item, double y, Func<double, string> format, Func<double, double> x, bool isLogarithmic)
    {
        string style = StyleOf(item.Way);
        svg.Text(Left, y + 11, item.Way.Label);
        svg.Text(Width - Right, y + 11, Shown(item, format), anchor: "end");
        double middle = y + 21;
        if (isLogarithmic)
        {
            svg.Line(x(item.Value), middle, x(item.High ?? item.Value), middle, "n " + style);
            svg.StyledDot(x(item.Value), middle, style, 5);
            if (item.High is { } high)
            {
                svg.StyledDot(x(high), middle, "e " + style, 4);
            }
        }
        else
        {
            svg.Rectangle(Left, middle - 5, x(item.Value) - Left, 10, item.Part is null ? style : "f " + style);
            svg.Rectangle(Left, middle - 5, x(item.Part ?? 0) - Left, 10, style);
            if (item.High is { } high)
            {
                svg.Line(x(item.Value), middle, x(high), middle, "t " + style);
                svg.StyledDot(x(high), middle, "e " + style, 4);
            }
        }
    }

    private static string Shown(Item item, Func<double, string> format) =>
        item.High is { } high ? $"{format(item.Value)} · {format(high)}" : item.Part is { } part ? $"{format(part)} + {format(item.Value - part)}" : format(item.Value);

    private static IEnumerable<double> Powers(double from, double to)
    {
        // At most six of them, or their names would lie over one another.
        int count = (int)Math.Round(Math.Log10(to / from));
        int step = Math.Max(1, (int)Math.Ceiling(count / 5.0));
        for (int i = 0; i <= count; i += step)
        {
            yield return from * Math.Pow(10, i);
        }
    }
}
