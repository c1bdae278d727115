namespace Godwit.Redis;

/// <summary>Redis cannot be used as it is. The message says what is wrong, and what to set.</summary>
public sealed class RedisStoreException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What is wrong, and what to set.</param>
    /// <param name="inner">The failure behind it.</param>
    public RedisStoreException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
