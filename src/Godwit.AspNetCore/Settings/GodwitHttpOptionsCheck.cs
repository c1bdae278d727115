using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Settings;

/// <summary>Checks the settings of the HTTP endpoints, and reports all faults at once.</summary>
internal sealed class GodwitHttpOptionsCheck : IValidateOptions<GodwitHttpOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, GodwitHttpOptions options)
    {
        var faults = new SettingFaults(nameof(GodwitHttpOptions));
        if (!Enum.IsDefined(options.Anonymous))
        {
            faults.Add(nameof(options.Anonymous), options.Anonymous.ToString(), $"it takes {string.Join(" or ", Enum.GetNames<AnonymousAccess>())}");
        }

        faults.Check(nameof(options.BodyBytes), options.BodyBytes, GodwitHttpOptions.BodyBytesRange);
        faults.Check(nameof(options.Connections), options.Connections, GodwitHttpOptions.ConnectionsRange);
        faults.Check($"{nameof(options.Limits)}.{nameof(options.Limits.Attempts)}", options.Limits.Attempts);
        faults.Check($"{nameof(options.Limits)}.{nameof(options.Limits.Connections)}", (long?)options.Limits.Connections, Limits.AddressLimitOptions.ConnectionsRange);
        if (!Enum.IsDefined(options.ProxyHeader))
        {
            faults.Add(nameof(options.ProxyHeader), options.ProxyHeader.ToString(), $"it takes {string.Join(" or ", Enum.GetNames<ProxyHeader>())}");
        }

        return faults.Result;
    }
}
