namespace Godwit.Server.Configuration.Forms;

/// <summary>A password, and the file that it was read from. It prints nothing of itself.</summary>
/// <param name="text">The password.</param>
/// <param name="file">The path of the file; null if the password itself was given.</param>
internal sealed class ConfiguredPassword(string text, string? file)
{
    /// <summary>The password.</summary>
    public string Text { get; } = text;

    /// <summary>The path of the file; null if the password itself was given.</summary>
    public string? File { get; } = file;

    /// <inheritdoc/>
    public override string ToString() => "(password)";
}
