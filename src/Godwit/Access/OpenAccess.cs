namespace Godwit.Access;

/// <summary>Access that is not configured: nobody looks at credentials.</summary>
internal sealed class OpenAccess : ICredentials
{
    /// <inheritdoc/>
    public bool AreChecked => false;

    /// <inheritdoc/>
    public ValueTask<Identification> IdentifyAsync(PresentedCredential presented, CancellationToken cancel) => new(Caller.Unchecked);
}
