using Godwit.Brokers;
using Godwit.Rooms;
using Godwit.Sessions.Frames;

namespace Godwit.Sessions;

/// <summary>Carries out what a client asks for that has one answer and changes nothing of its connection: publish, read, request, members, refresh, ping.</summary>
internal sealed class SessionCalls(IBroker broker, RoomPolicies policies, RoomReads reads)
{
    /// <summary>Whether a frame is one of these.</summary>
    public static bool Takes(ClientFrame frame) => frame is PublishFrame or ReadFrame or RequestFrame or MembersFrame or RefreshFrame or PingFrame;

    /// <summary>Carries out a frame and returns the JSON text of its answer: a <c>reply</c>, a <c>pong</c> or an <c>error</c>.</summary>
    /// <exception cref="Exception">The store failed in a way that is no answer.</exception>
    public ValueTask<byte[]> AnswerAsync(ClientFrame frame, CancellationToken cancel) => throw new NotImplementedException($"{broker}{policies}{reads}");
}
