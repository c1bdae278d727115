namespace Godwit.AspNetCore.Endpoints;

/// <summary>Whom idempotency keys belong to.</summary>
internal static class Publisher
{
    /// <summary>Anonymous clients are one publisher together.</summary>
    public const string Anonymous = "";
}
