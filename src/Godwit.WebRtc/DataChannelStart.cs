using System.Globalization;
using System.Net.Sockets;
using Godwit.WebRtc.Peers;
using Microsoft.Extensions.Hosting;

namespace Godwit.WebRtc;

/// <summary>Binds the UDP port when the application starts, so that one that is not free is a fault of the start and not of the first offer.</summary>
internal sealed class DataChannelStart(PeerServer peers, WebRtcOptions options) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            peers.Open();
            return Task.CompletedTask;
        }
        catch (SocketException cause)
        {
            throw new IOException(string.Create(CultureInfo.InvariantCulture, $"Data channels cannot receive at UDP port {options.Port}: {cause.Message}. Another program may have it, or this user may not use it; WebRtcOptions.Port chooses another."), cause);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
