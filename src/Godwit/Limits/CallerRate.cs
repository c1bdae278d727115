using Godwit.Access;

namespace Godwit.Limits;

/// <summary>A rate of each caller: of a user wherever it calls from, and of everyone without a name at an address together.</summary>
internal sealed class CallerRate(Rate rate, TimeProvider time)
{
    private readonly RateTable<string> _users = new(rate, time);
    private readonly RateTable<AddressKey> _addresses = new(rate, time);

    /// <summary>The rate.</summary>
    public Rate Rate => rate;

    /// <summary>Takes one of a caller's tokens.</summary>
    /// <param name="caller">Whose.</param>
    /// <param name="wait">When there is one again, if there is none.</param>
    public bool TryTake(Caller caller, out TimeSpan wait) => TryTake(caller, count: 1, TimeSpan.Zero, out wait);

    /// <summary>Takes tokens of a caller, also some that are not there yet.</summary>
    /// <param name="caller">Whose.</param>
    /// <param name="count">How many.</param>
    /// <param name="most">The longest wait for which they are taken.</param>
    /// <param name="wait">When they are there.</param>
    public bool TryTake(Caller caller, int count, TimeSpan most, out TimeSpan wait) =>
        caller.CountedUser is { } user ? _users.TryTake(user, count, most, out wait) : _addresses.TryTake(AddressKey.Of(caller.Address), count, most, out wait);

    /// <summary>Takes tokens of a caller for what was done already.</summary>
    /// <param name="caller">Whose.</param>
    /// <param name="count">How many.</param>
    /// <param name="most">The longest that the next one may have to wait for it.</param>
    public void Charge(Caller caller, int count, TimeSpan most)
    {
        if (caller.CountedUser is { } user)
        {
            _users.Charge(user, count, most);
        }
        else
        {
            _addresses.Charge(AddressKey.Of(caller.Address), count, most);
        }
    }
}
