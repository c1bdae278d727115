using Godwit.Brokers;

namespace Godwit.Access.Tickets;

/// <summary>Makes tickets in the application's own code, for users that it has authenticated: credentials that are good once.</summary>
/// <remarks>What <c>POST {mount}/tickets</c> makes with an API key. All members may be called at any time from any thread. Applications get theirs from their services.</remarks>
public sealed class TicketIssuer
{
    private static readonly SettingRange<TimeSpan> LifeRange = new(TimeSpan.FromSeconds(1), Tickets.MostLife);

    private readonly Tickets _tickets;
    private readonly TimeProvider _time;

    internal TicketIssuer(Tickets tickets, TimeProvider time)
    {
        _tickets = tickets;
        _time = time;
    }

    /// <summary>Makes a ticket.</summary>
    /// <param name="terms">Whose it is and what it allows.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="ArgumentException"><see cref="TicketTerms.User"/> or <see cref="TicketTerms.Life"/> is out of its range, or <see cref="TicketTerms.Ends"/> is over.</exception>
    /// <exception cref="BrokerUnavailableException">The store did not keep it. Another try makes another ticket.</exception>
    public async ValueTask<Ticket> IssueAsync(TicketTerms terms, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(terms);
        DateTimeOffset now = _time.GetUtcNow();
        TimeSpan life = terms.Life;
        if (!TicketTerms.IsUser(terms.User))
        {
            throw new ArgumentException($"A user is 1 to {TicketTerms.MaxUser} visible ASCII characters.", nameof(terms));
        }

        if (!LifeRange.Contains(life))
        {
            throw new ArgumentException($"A ticket waits from {LifeRange.Least.TotalSeconds:0} to {LifeRange.Most.TotalSeconds:0} seconds, not {life.TotalSeconds} s.", nameof(terms));
        }

        if (terms.Ends is { } ends)
        {
            if (ends <= now)
            {
                throw new ArgumentException($"'{nameof(terms.Ends)}' is over: {ends:O}.", nameof(terms));
            }

            // As with every ticket: it does not outlive what it stands for.
            life = ends - now < life ? ends - now : life;
        }

        var content = new TicketContent(terms.User, terms.Grants) { Bounds = terms.Bounds, Origin = terms.Origin, Expires = terms.Ends, Issued = now };
        return new Ticket(await _tickets.AddAsync(content.ToJson(), life, cancel).ConfigureAwait(false), now + life);
    }
}
