using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Godwit.Brokers;
using Godwit.Protocol;

namespace Godwit.Access.Tickets;

/// <summary>Makes and takes tickets: credentials that are good once, for places where a token would be seen by too many.</summary>
/// <remarks>The store knows a ticket by its hash, so that whoever reads the store has no ticket.</remarks>
internal sealed class Tickets(IBroker broker)
{
    /// <summary>What every ticket begins with.</summary>
    public const string Prefix = "gt_";

    /// <summary>The longest that a ticket may wait to be taken.</summary>
    public static readonly TimeSpan MostLife = TimeSpan.FromMinutes(5);

    /// <summary>How long it may, where nobody says.</summary>
    public static readonly TimeSpan DefaultLife = TimeSpan.FromSeconds(30);

    private const int Octets = 32;

    /// <summary>Makes a ticket.</summary>
    /// <param name="content">Whom it makes of whoever takes it: the text of a <see cref="TicketContent"/>.</param>
    /// <param name="life">How long it may be taken.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="BrokerUnavailableException">The store did not keep it.</exception>
    public async ValueTask<string> AddAsync(byte[] content, TimeSpan life, CancellationToken cancel)
    {
        string ticket = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Octets));
        await broker.AddTicketAsync(IdOf(ticket), content, life, cancel).ConfigureAwait(false);
        return ticket;
    }

    /// <summary>Takes a ticket, which is used up whatever comes of it.</summary>
    /// <param name="presented">The ticket, and from where it is presented.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="BrokerUnavailableException">The store did not answer.</exception>
    public async ValueTask<Identification> TakeAsync(PresentedCredential presented, CancellationToken cancel)
    {
        string ticket = presented.Text;
        if (!ticket.StartsWith(Prefix, StringComparison.Ordinal)
            || await broker.TakeTicketAsync(IdOf(ticket), cancel).ConfigureAwait(false) is not { } kept
            || TicketContent.Read(kept) is not { } content)
        {
            return new AccessRefusal(ErrorCode.TicketUnknown, "It was taken before, its time is over, or it never was one. Get a new one.");
        }

        return content.Origin is not null && content.Origin != presented.Origin
            ? new AccessRefusal(ErrorCode.TicketOrigin, "It was made for pages of another origin, and is used up now.")
            : content.ToCaller(presented.Address);
    }

    private static string IdOf(string ticket) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(ticket)));
}
