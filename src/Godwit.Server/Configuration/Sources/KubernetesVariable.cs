using System.Text.RegularExpressions;

namespace Godwit.Server.Configuration.Sources;

/// <summary>The variables that Kubernetes gives every container for a service called <c>godwit</c> or <c>godwit-…</c>.</summary>
/// <remarks>They begin as Godwit's own do, and nobody set them: without this a service of that name would keep its own pods from starting.</remarks>
internal static partial class KubernetesVariable
{
    private const string Address = "[0-9A-Fa-f.:]+|None";
    private const string Protocol = "tcp|udp|sctp";

    /// <summary>Whether a variable is one of them: by its name, and by a value as Kubernetes writes it.</summary>
    public static bool Is(string name, string value) => Link().IsMatch($"{name}={value}");

    [GeneratedRegex(
        $"^GODWIT_([A-Z0-9_]+_)?(SERVICE_HOST=({Address})|SERVICE_PORT(_[A-Z0-9_]+)?=[0-9]{{1,5}}|PORT=({Protocol})://.+|"
        + $"PORT_[0-9]+_(TCP|UDP|SCTP)(=({Protocol})://.+|_PROTO=({Protocol})|_PORT=[0-9]{{1,5}}|_ADDR=({Address})))$",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Link();
}
