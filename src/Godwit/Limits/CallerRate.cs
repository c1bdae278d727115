using Godwit.Access;

namespace Godwit.Limits;

/// <summary>A rate of each caller: of a user wherever it calls from, and of everyone without a name at an address together.</summary>
internal sealed class CallerRate
{
    private readonly RateTable<string> _users;
    private readonly RateTable<AddressKey> _addresses;

    /// <summary>Makes the tables of a rate.</summary>
    /// <param name="name">What it is of.</param>
    /// <param name="rate">The rate.</param>
    /// <param name="time">The clock.</param>
    /// <param name="shared">Where servers share it; null where this one is alone.</param>
    public CallerRate(string name, Rate rate, TimeProvider time, SharedRates? shared = null)
    {
        Rate = rate;
        _users = SharedRates.Table<string>(shared, $"{name}:user", rate, time);
        _addresses = SharedRates.Table<AddressKey>(shared, $"{name}:address", rate, time);
    }

    /// <summary>The rate.</summary>
    public Rate Rate { get; }

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
