using Godwit.Server.Comparing.Clients;

namespace Godwit.Server.Comparing.Figures;

/// <summary>What happened in a stretch of time in which one thing was measured.</summary>
/// <param name="Seconds">How long it was.</param>
/// <param name="Cpu">CPU time of the server in µs, without what a server uses that has nothing to do; null where it is not known.</param>
/// <param name="Did">What the clients did.</param>
internal readonly record struct Window(double Seconds, double? Cpu, FollowingCount Did);
