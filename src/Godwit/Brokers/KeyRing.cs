namespace Godwit.Brokers;

/// <summary>The keys that servers sign and verify with: the first signs, all of them verify.</summary>
/// <remarks>What the newest key signs is verified for the period after it signed last, because it stays in the ring as the older one.</remarks>
public sealed class KeyRing
{
    private readonly SigningKey[] _keys;

    /// <summary>Makes a ring.</summary>
    /// <param name="keys">One key or more, the newest first.</param>
    /// <param name="signsFor">How long the newest goes on signing, above 0; <see cref="Timeout.InfiniteTimeSpan"/> where it is not replaced by time.</param>
    /// <exception cref="ArgumentException">There is no key.</exception>
    public KeyRing(IEnumerable<SigningKey> keys, TimeSpan signsFor)
    {
        _keys = [.. keys];
        if (_keys.Length == 0)
        {
            throw new ArgumentException("A ring has one key or more.", nameof(keys));
        }

        SignsFor = signsFor;
    }

    /// <summary>The keys, the newest first.</summary>
    public IReadOnlyList<SigningKey> Keys => _keys;

    /// <summary>The key that signs.</summary>
    public SigningKey Newest => _keys[0];

    /// <summary>How long, from when the store was asked, the newest key goes on signing; then the store is asked again. A span and not a time, so that the clocks of servers need not agree.</summary>
    public TimeSpan SignsFor { get; }

    /// <summary>The key of a name, or null.</summary>
    public SigningKey? Find(ulong id)
    {
        foreach (SigningKey key in _keys)
        {
            if (key.Id == id)
            {
                return key;
            }
        }

        return null;
    }
}
