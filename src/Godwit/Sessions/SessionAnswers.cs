using Godwit.Feeds.Pump;

namespace Godwit.Sessions;

/// <summary>Sends the answers of a session, and holds back whoever asks for more of them than its client takes.</summary>
/// <remarks>One at a time: the caller awaits each call. Waiting for each answer by itself would halt a client that asks for many.</remarks>
internal sealed class SessionAnswers(Connection connection)
{
    private const int MaxFrames = 8;
    private const int MaxBytes = 2 << 10;

    private int _frames;
    private int _bytes;

    /// <summary>Sends an answer.</summary>
    public ValueTask SendAsync(CallAnswer answer)
    {
        connection.Send(connection.Framing.Control(answer.Text, null), answer.Hold);
        return SentAsync(answer.Text.Length);
    }

    /// <summary>Has a room joined, which is an answer too.</summary>
    public ValueTask JoinAsync(Reader reader, byte[] joinedObject)
    {
        connection.Join(reader, connection.Framing.Control(joinedObject, null));
        return SentAsync(joinedObject.Length);
    }

    /// <summary>Has a room left.</summary>
    public ValueTask LeaveAsync(Reader reader, byte[] leftObject)
    {
        connection.Leave(reader, connection.Framing.Control(leftObject, null));
        return SentAsync(leftObject.Length);
    }

    private ValueTask SentAsync(int length)
    {
        _bytes += length;
        if (++_frames < MaxFrames && _bytes < MaxBytes)
        {
            return ValueTask.CompletedTask;
        }

        _frames = 0;
        _bytes = 0;
        return new ValueTask(connection.DrainedAsync());
    }
}
