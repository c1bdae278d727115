namespace Godwit.Bench.Generator;

/// <summary>What a POST looks like that publishes one entry, to one of several rooms in turn.</summary>
/// <param name="paths">The paths that take it, one for each room.</param>
internal sealed class PublishToRooms(IReadOnlyList<string> paths) : PublishForm(paths[0])
{
    protected override string PathOf(long number) => paths[(int)((number - 1) % paths.Count)];
}
