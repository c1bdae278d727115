using System.Globalization;
using Godwit.Server.Probes;
using Godwit.Server.Verifying.Records;

namespace Godwit.Server.Verifying.Clients;

/// <summary>What a client received last, over all its connections, for a report.</summary>
internal sealed class FrameTrail(RunClock clock)
{
    private const int Most = 16;
    private const int Longest = 220;

    private readonly Queue<(TimeSpan At, ProbeFrame? Frame, string? Note)> _latest = new();

    /// <summary>Notes a frame.</summary>
    public void Add(ProbeFrame frame) => Add((clock.Now, frame, null));

    /// <summary>Notes something that the client did.</summary>
    public void Add(string note) => Add((clock.Now, null, note));

    /// <summary>All that is kept, oldest first.</summary>
    public IReadOnlyList<string> Lines()
    {
        lock (_latest)
        {
            return [.. _latest.Select(static item => string.Create(CultureInfo.InvariantCulture, $"{item.At.TotalSeconds:F3} s  {Short(item.Note ?? item.Frame!.ToString())}"))];
        }
    }

    private static string Short(string text) => text.Length <= Longest ? text : text[..(char.IsHighSurrogate(text[Longest - 1]) ? Longest - 1 : Longest)] + "…";

    private void Add((TimeSpan, ProbeFrame?, string?) item)
    {
        lock (_latest)
        {
            if (_latest.Count == Most)
            {
                _latest.Dequeue();
            }

            _latest.Enqueue(item);
        }
    }
}
