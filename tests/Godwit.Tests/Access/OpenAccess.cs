using Godwit.Access;

namespace Godwit.Tests.Access;

/// <summary>Access that is not configured.</summary>
internal sealed class OpenAccess : ICredentials
{
    public bool AreChecked => false;

    public bool TakesAnonymous => true;

    public ValueTask<Identification> IdentifyAsync(PresentedCredential presented, CancellationToken cancel) => new(Caller.Unchecked);
}
