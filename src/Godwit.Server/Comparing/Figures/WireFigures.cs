namespace Godwit.Server.Comparing.Figures;

/// <summary>Bytes on the wire, with all headers.</summary>
/// <param name="Up">From the client to the server.</param>
/// <param name="Down">From the server to the client.</param>
internal readonly record struct WireFigures(double Up, double Down)
{
    /// <summary>Both ways.</summary>
    public double Both => Up + Down;
}
