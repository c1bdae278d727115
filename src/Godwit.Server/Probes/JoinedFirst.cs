namespace Godwit.Server.Probes;

/// <summary>The rule that a stream of frames begins with one <c>joined</c>, or with the error that refuses it.</summary>
internal static class JoinedFirst
{
    /// <exception cref="ContractException">The frame comes too early, or is a second <c>joined</c>.</exception>
    public static void Check(ProbeFrame frame, ref bool joined)
    {
        if (frame.Kind == ProbeFrameKind.Joined)
        {
            if (joined)
            {
                throw new ContractException("A second 'joined' came.", frame.Raw);
            }

            joined = true;
        }
        else if (!joined && frame.Kind is not (ProbeFrameKind.Error or ProbeFrameKind.Drain))
        {
            throw new ContractException("The first frame is not 'joined'.", frame.Raw);
        }
    }
}
