using System.Net.Sockets;

namespace Godwit.Server.Hosting;

/// <summary>The UDP port cannot be had; the message is one sentence for a person.</summary>
internal sealed class UdpPortException(int port, SocketException cause) : Exception(Explain(port, cause), cause)
{
    private static string Explain(int port, SocketException cause) => cause.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"cannot receive at UDP port {port}, because another program has it; stop it, or choose another with --udp.",
        SocketError.AccessDenied => $"cannot receive at UDP port {port}, because this user may not use it; choose one above 1023 with --udp, or grant the right to lower ones.",
        _ => $"cannot receive at UDP port {port}: {cause.Message}.",
    };
}
