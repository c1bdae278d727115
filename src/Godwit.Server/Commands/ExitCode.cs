namespace Godwit.Server.Commands;

/// <summary>What the program's exit code says.</summary>
internal static class ExitCode
{
    /// <summary>It did what it was told, and was stopped if it was to run.</summary>
    public const int Done = 0;

    /// <summary>The machine did not allow it: a port is taken, a right is missing.</summary>
    public const int Environment = 1;

    /// <summary>What it looked for is there: violations of what is promised.</summary>
    public const int Violations = 1;

    /// <summary>What it was told is wrong; nothing was started.</summary>
    public const int Configuration = 2;
}
