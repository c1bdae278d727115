namespace Godwit.Server.Configuration.Sources;

/// <summary>The variables that commands read which talk to a server. They are no settings of a server that is started in the same shell.</summary>
internal static class ClientVariable
{
    /// <summary>The mount point.</summary>
    public const string Url = "GODWIT_URL";

    /// <summary>A token or an API key.</summary>
    public const string Token = "GODWIT_TOKEN";

    /// <summary>A file with one.</summary>
    public const string TokenFile = "GODWIT_TOKEN_FILE";

    /// <summary>A file with certificates that are trusted.</summary>
    public const string CaCert = "GODWIT_CACERT";

    /// <summary>Whether a variable is one of them.</summary>
    public static bool Is(string name) => name is Url or Token or TokenFile or CaCert;
}
