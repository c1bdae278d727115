namespace Godwit.Server.Comparing.Conclusions;

/// <summary>When one way of reading costs less than another one.</summary>
internal enum CheaperWhen
{
    /// <summary>At every rate.</summary>
    Always,

    /// <summary>At no rate.</summary>
    Never,

    /// <summary>At rates below the break-even point.</summary>
    Below,

    /// <summary>At rates above the break-even point.</summary>
    Above,

    /// <summary>Both cost the same.</summary>
    Same,
}

/// <summary>Where the costs of two ways of reading are the same.</summary>
/// <param name="When">When the first one costs less.</param>
/// <param name="Entries">The break-even point in entries a minute, where there is one.</param>
internal readonly record struct BreakEven(CheaperWhen When, double Entries = 0)
{
    // Two costs that differ by less are the same: another run may have them the other way round.
    private const double Tolerance = 0.1;

    /// <summary>Compares the first with the second.</summary>
    public static BreakEven Between(CostLine first, CostLine second)
    {
        int atRest = Compare(first.AtRest, second.AtRest);
        int perEntry = Compare(first.PerEntry, second.PerEntry);
        if (atRest == 0 && perEntry == 0)
        {
            return new BreakEven(CheaperWhen.Same);
        }

        if (atRest <= 0 && perEntry <= 0)
        {
            return new BreakEven(CheaperWhen.Always);
        }

        if (atRest >= 0 && perEntry >= 0)
        {
            return new BreakEven(CheaperWhen.Never);
        }

        double entries = (second.AtRest - first.AtRest) / (first.PerEntry - second.PerEntry);
        return new BreakEven(atRest < 0 ? CheaperWhen.Below : CheaperWhen.Above, entries);
    }

    private static int Compare(double first, double second) =>
        Math.Abs(first - second) <= Tolerance * Math.Max(Math.Abs(first), Math.Abs(second)) ? 0 : first.CompareTo(second);
}
