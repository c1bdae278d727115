namespace Godwit.Server.Commands;

/// <summary>What the program's exit code says.</summary>
internal static class ExitCode
{
    /// <summary>It did what it was told, and was stopped if it was to run.</summary>
    public const int Done = 0;

    /// <summary>The machine did not allow it: a port is taken, a right is missing.</summary>
    public const int Environment = 1;

    /// <summary>What it looked for is there: violations of what is promised, entries that were lost, something wrong on the way to a server.</summary>
    public const int Violations = 1;

    /// <summary>Not all of what it was to do was done: some entries were not acknowledged.</summary>
    public const int Incomplete = 1;

    /// <summary>What it was told is wrong, or there is no server that takes it; nothing was started.</summary>
    public const int Configuration = 2;
}
