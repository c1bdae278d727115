namespace Godwit.Server.Probes;

/// <summary>What a probe's connections have carried so far.</summary>
/// <param name="Requests">How many requests it sent, handshakes of WebSockets among them.</param>
/// <param name="Connections">How many connections it has made.</param>
/// <param name="Traffic">The octets, as the kernel counts them; null where it does not tell, or where one of the connections ended before it was asked.</param>
internal readonly record struct ProbeWire(long Requests, int Connections, WireTraffic? Traffic);
