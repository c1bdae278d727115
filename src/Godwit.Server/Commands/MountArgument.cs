namespace Godwit.Server.Commands;

/// <summary>A mount point on the command line.</summary>
internal static class MountArgument
{
    /// <summary>Reads an address of http or https that has a path, and nothing behind it.</summary>
    public static bool TryRead(string text, out Uri? mount) =>
        Uri.TryCreate(text, UriKind.Absolute, out mount) && mount.Scheme is ("http" or "https") && mount is { Query: "", Fragment: "", UserInfo: "" } && mount.Host.Length > 0 && mount.AbsolutePath.Length > 1;
}
