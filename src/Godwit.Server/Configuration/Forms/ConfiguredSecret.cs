using Godwit.Access;
using Godwit.Sessions;

namespace Godwit.Server.Configuration.Forms;

/// <summary>A secret, and the file that it was read from.</summary>
/// <param name="Secret">The secret; it prints nothing of itself.</param>
/// <param name="File">The path of the file; null if the secret itself was given.</param>
internal sealed record ConfiguredSecret(SharedSecret Secret, string? File);
