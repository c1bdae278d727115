using System.Net.Sockets;
using Godwit.Server.Configuration;

namespace Godwit.Server.Hosting;

/// <summary>An address cannot be listened at; the message is one sentence for a person.</summary>
internal sealed class ListenException(ListenAddress address, SocketException cause) : Exception(Explain(address, cause), cause)
{
    private static string Explain(ListenAddress address, SocketException cause) => cause.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"cannot listen at {address}, because another program has the port; stop it, or choose another with --listen.",
        SocketError.AccessDenied => $"cannot listen at {address}, because this user may not use port {address.Port}; choose one above 1023 with --listen, or grant the right to lower ones.",
        SocketError.AddressNotAvailable => $"cannot listen at {address}, because this machine does not have the address.",
        SocketError.AddressFamilyNotSupported => $"cannot listen at {address}, because this machine does not speak that version of IP.",
        _ => $"cannot listen at {address}: {cause.Message}.",
    };
}
