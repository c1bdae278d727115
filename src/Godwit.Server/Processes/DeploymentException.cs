namespace Godwit.Server.Processes;

/// <summary>A deployment does not do what a run needs of it, so that nothing can be said. The message is one line, without its full stop.</summary>
internal sealed class DeploymentException(string message) : Exception(message)
{
    /// <summary>Whether it only took too long, so that a run can go on.</summary>
    public bool IsLate { get; init; }
}
