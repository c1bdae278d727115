namespace Godwit.Server.Processes;

/// <summary>The program that this is, to start it once more.</summary>
internal static class ThisProgram
{
    /// <summary>The program, with the arguments that stand before its own.</summary>
    /// <exception cref="DeploymentException">The system does not tell where it is.</exception>
    public static IReadOnlyList<string> Command
    {
        get
        {
            string path = Environment.ProcessPath ?? throw new DeploymentException("this program does not know where it is; name it by --server");
            return Path.GetFileNameWithoutExtension(path) == "dotnet" ? [path, Environment.GetCommandLineArgs()[0]] : [path];
        }
    }
}
