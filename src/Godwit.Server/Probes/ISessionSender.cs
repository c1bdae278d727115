namespace Godwit.Server.Probes;

/// <summary>A reader whose connection carries the frames of a session both ways.</summary>
internal interface ISessionSender
{
    /// <summary>Connects if that has not been done; the first read does so by itself. Null, or the refusal.</summary>
    Task<ProbeFrame?> OpenAsync(CancellationToken cancel = default);

    /// <summary>Sends a frame, as it is given.</summary>
    Task SendAsync(string text, CancellationToken cancel = default);
}
