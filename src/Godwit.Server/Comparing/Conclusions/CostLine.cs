namespace Godwit.Server.Comparing.Conclusions;

/// <summary>What a client costs in a minute, by how many entries a minute has.</summary>
/// <param name="AtRest">Without entries.</param>
/// <param name="PerEntry">What each entry adds.</param>
internal readonly record struct CostLine(double AtRest, double PerEntry)
{
    /// <summary>The cost of a minute with so many entries.</summary>
    public double At(double entries) => AtRest + (PerEntry * entries);
}
