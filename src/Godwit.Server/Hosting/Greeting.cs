using System.Globalization;
using Godwit.Redis;
using Godwit.Server.Configuration;
using Godwit.Sqlite;

namespace Godwit.Server.Hosting;

/// <summary>What a person is told once the server listens.</summary>
internal static class Greeting
{
    /// <summary>What the line of an address begins with; the address follows.</summary>
    public const string Listening = "Listening at ";

    /// <summary>Writes the greeting.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="settings">What the server was told.</param>
    /// <param name="addresses">Where it listens, with the ports that it has got.</param>
    public static async Task WriteAsync(TextWriter output, ServerSettings settings, IReadOnlyList<ListenAddress> addresses)
    {
        foreach (ListenAddress address in addresses)
        {
            await output.WriteLineAsync($"{Listening}{address}");
        }

        ListenAddress shown = addresses.FirstOrDefault(address => address.Scheme != ListenScheme.H2c) ?? addresses[0];
        string local = Reachable(shown);
        if (shown.Scheme == ListenScheme.H2c)
        {
            await output.WriteLineAsync($"Rooms:    {local}{settings.Mount}/rooms/NAME (by clients that begin with HTTP/2, which no browser does in clear text)");
        }
        else
        {
            await output.WriteLineAsync($"Rooms:    {local}{settings.Mount}/rooms/NAME");
            await output.WriteLineAsync($"Lab page: {local}/{(settings.Lab ? " (for everyone: --lab)" : "")}");
        }

        if (settings.WebRtc.Port is { } port)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Data channels: UDP port {port}{(settings.WebRtc.Addresses.Count > 0 ? $", for clients at {string.Join(", ", settings.WebRtc.Addresses)}" : "")}"));
        }

        await output.WriteLineAsync(Store(settings));
        await output.WriteLineAsync(settings.AllowAnonymous
            ? "Access: everyone who reaches this server may read and publish (allowAnonymous)."
            : settings.ConfiguresAccess ? $"Access: {Credentials(settings)}; others may do what policies give to everyone."
            : "Access is not configured: only requests from this machine are answered, all others get 401 access.unconfigured.");
        await output.FlushAsync();
    }

    private static string Store(ServerSettings settings) => settings switch
    {
        { Redis: { IsUsed: true } redis } =>
            $"Messages are in Redis ({redis.Shown}), under {redis.Options.Prefix}: {(redis.Options.Acknowledgement == RedisAcknowledgement.Primary ? "what is acknowledged is as safe as that server" : "what is acknowledged is on a replica too")}.",
        { Data: null } => "Messages are in memory only: when this process ends they are gone, and readers that come back get a reset.",
        { DataSync: DataSync.Full } => $"Messages are in {Path.GetFullPath(settings.Data)}: what is acknowledged is on the disk.",
        _ => $"Messages are in {Path.GetFullPath(settings.Data)}: what is acknowledged survives this process; a loss of power may lose the newest (data.sync is normal).",
    };

    private static string Credentials(ServerSettings settings)
    {
        string[] taken =
        [
            .. settings.TokenSecrets.Count + settings.PublicKeys.Count + settings.KeySets.Count > 0 ? (string[])["tokens"] : [],
            .. settings.ApiKeys.Count > 0 ? (string[])[settings.ApiKeys.Count == 1 ? "1 API key" : $"{settings.ApiKeys.Count} API keys"] : [],
        ];
        return taken.Length == 0 ? "no credentials are taken" : "taken are " + string.Join(" and ", taken);
    }

    // Nobody can open http://*; whoever reads this is at the machine.
    private static string Reachable(ListenAddress address) => string.Create(
        CultureInfo.InvariantCulture,
        $"{address.ClientScheme}://{(address.Host is ListenAddress.Every or "0.0.0.0" or "[::]" ? ListenAddress.Localhost : address.Host)}:{address.Port}");
}
