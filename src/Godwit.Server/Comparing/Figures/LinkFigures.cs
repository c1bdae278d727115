using Godwit.Server.Links;

namespace Godwit.Server.Comparing.Figures;

/// <summary>The link between the clients and the servers.</summary>
/// <param name="Description">What packets meet there, for people.</param>
/// <param name="Up">What became of those from the clients to the servers.</param>
/// <param name="Down">What became of those from the servers to the clients.</param>
internal sealed record LinkFigures(string Description, LinkCounters Up, LinkCounters Down)
{
    /// <summary>The packets that came out more than a millisecond after they were due, as a share of those that came out.</summary>
    public double LateShare => Share(Up.Late + Down.Late, Up.Delivered + Down.Delivered);

    /// <summary>The packets that were lost though nobody asked for it, since a queue was full or the machine too busy, as a share of all that were sent.</summary>
    public double UnaskedShare => Share(Up.Missed + Up.Overflowed + Down.Missed + Down.Overflowed, Up.Seen + Up.Missed + Down.Seen + Down.Missed);

    private static double Share(long some, long all) => all == 0 ? 0 : some / (double)all;
}
