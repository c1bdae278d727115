using Microsoft.AspNetCore.Routing;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps Godwit's endpoints.</summary>
public static class GodwitEndpointRouteBuilderExtensions
{
    /// <summary>Maps rooms under a mount point; <c>/rt</c> is the customary one.</summary>
    public static IEndpointConventionBuilder MapGodwit(this IEndpointRouteBuilder endpoints, string mount = "/rt")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        return endpoints.MapGroup(mount);
    }
}
