using Godwit.Server.Probes;

namespace Godwit.Server.Tests.Transports;

/// <summary>The transports as test cases; the same as <see cref="ProbeTransport"/>, which tests cannot show.</summary>
public enum Via
{
    ShortPoll,
    LongPoll,
    ServerSentEvents,
    HttpStream,
    WebSocket,
}

internal static class Vias
{
    public static ProbeTransport Probe(this Via via) => Enum.Parse<ProbeTransport>(via.ToString());

    public static ReaderProbe Open(this Via via, ProbeTarget target, ProbeStart start) => ReaderProbe.Open(via.Probe(), target, start);
}

/// <summary>Which transports a theory runs over.</summary>
public static class Over
{
    public static TheoryData<Via> All() => [.. Enum.GetValues<Via>()];

    public static TheoryData<Via> Streams() => [.. Enum.GetValues<Via>().Where(via => via.Probe().Streams())];

    public static TheoryData<Via> Polls() => [.. Enum.GetValues<Via>().Where(via => via.Probe().Polls())];

    public static TheoryData<Via, Via> Pairs()
    {
        var pairs = new TheoryData<Via, Via>();
        foreach (Via first in Enum.GetValues<Via>())
        {
            foreach (Via second in Enum.GetValues<Via>())
            {
                pairs.Add(first, second);
            }
        }

        return pairs;
    }
}
