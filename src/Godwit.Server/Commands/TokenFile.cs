using Godwit.Server.Processes;

namespace Godwit.Server.Commands;

/// <summary>The file that <c>--token-file</c> names.</summary>
internal static class TokenFile
{
    /// <summary>What the file holds; null without a file.</summary>
    /// <exception cref="DeploymentException">It cannot be read, or holds something else than one token.</exception>
    public static string? Read(string? file)
    {
        if (file is null)
        {
            return null;
        }

        try
        {
            string token = File.ReadAllText(file).Trim();
            return token.Length > 0 && !token.AsSpan().ContainsAnyExceptInRange('!', '~')
                ? token
                : throw new DeploymentException("--token-file: it takes a file with one line of visible characters, a token or an API key");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new DeploymentException($"--token-file: {fault.Message}");
        }
    }
}
