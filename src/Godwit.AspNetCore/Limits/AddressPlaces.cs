using Godwit.Limits;

namespace Godwit.AspNetCore.Limits;

/// <summary>The connections that one address has open. Exists as long as it has one.</summary>
internal sealed class AddressPlaces
{
    private readonly AddressLimits _limits;
    private Action? _leaveAccepted;

    public AddressPlaces(AddressLimits limits, AddressKey key)
    {
        _limits = limits;
        Key = key;
    }

    /// <summary>Whose.</summary>
    public AddressKey Key { get; }

    /// <summary>How many; under the lock of <see cref="AddressLimits"/>.</summary>
    public int Count { get; set; }

    /// <summary>What is to be done when a connection of the address has ended that was counted when it was accepted: one delegate for all.</summary>
    public Action LeaveAccepted => _leaveAccepted ??= () => _limits.OnAcceptedEnded(this);
}
