namespace Godwit.Server.Verifying.Records;

/// <summary>A room that is used, and what is known of its retention.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Retains">How many entries the room keeps at least; null if that is not known.</param>
/// <param name="IsLatest">Whether readers get the newest entry alone (<c>delivery: latest</c>): older ones are skipped without a gap, and pages forward have one entry.</param>
internal sealed record RoomPlan(string Name, long? Retains, bool IsLatest = false)
{
    /// <summary>A room whose entries all stay.</summary>
    public const long Everything = long.MaxValue;

    /// <summary>Whether nothing is ever dropped.</summary>
    public bool KeepsEverything => Retains == Everything;
}
