namespace Godwit.Bench.Systems;

/// <summary>Which build of the server is measured.</summary>
/// <param name="Name">The folder under artifacts/bench, or the folder that was given.</param>
internal abstract record GodwitBuild(string Name)
{
    /// <summary>Published from the checkout, compiled as it runs, with its defaults.</summary>
    public sealed record Jit() : GodwitBuild("godwit");

    /// <summary>Published from the checkout, compiled ahead of time: the program that is shipped.</summary>
    public sealed record Aot() : GodwitBuild("godwit-aot");

    /// <summary>Published before, from wherever.</summary>
    public sealed record Folder(string Path) : GodwitBuild(Path);
}
