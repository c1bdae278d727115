using Godwit.AspNetCore.Access.Origins;
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
        faults.Check(nameof(options.BodyTimeout), options.BodyTimeout, GodwitHttpOptions.BodyTimeoutRange);
        faults.Check(nameof(options.Connections), options.Connections, GodwitHttpOptions.ConnectionsRange);
        CheckOrigins(options.Origins, faults);
        faults.Check($"{nameof(options.Limits)}.{nameof(options.Limits.Attempts)}", options.Limits.Attempts);
        faults.Check($"{nameof(options.Limits)}.{nameof(options.Limits.Connections)}", (long?)options.Limits.Connections, Limits.AddressLimitOptions.ConnectionsRange);
        if (!Enum.IsDefined(options.ProxyHeader))
        {
            faults.Add(nameof(options.ProxyHeader), options.ProxyHeader.ToString(), $"it takes {string.Join(" or ", Enum.GetNames<ProxyHeader>())}");
        }

        return faults.Result;
    }

    private static void CheckOrigins(IList<string> origins, SettingFaults faults)
    {
        faults.Check($"{nameof(GodwitHttpOptions.Origins)}.Count", origins.Count, new SettingRange<int>(0, GodwitHttpOptions.MaxOrigins));
        for (int i = 0; i < origins.Count; i++)
        {
            if (origins[i] is null || OriginPattern.Parse(origins[i], out _) is not null)
            {
                faults.Add($"{nameof(GodwitHttpOptions.Origins)}[{i}]", origins[i] ?? "null", $"it takes {OriginPattern.Rule}");
            }
        }
    }
}
