using Godwit.Sessions.Frames;

namespace Godwit.Sessions.Exchanges;

/// <summary>A frame in the <c>send</c> of an exchange, or why it is none.</summary>
/// <param name="Frame">What it asks for; null for a fault.</param>
/// <param name="Fault">What is wrong with it.</param>
internal readonly record struct ExchangeItem(ClientFrame? Frame, FrameFault Fault);
