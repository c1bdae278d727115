using Godwit.Access;
using Godwit.Protocol;

namespace Godwit.AspNetCore.Access.ApiKeys;

/// <summary>The API keys that the settings know.</summary>
internal sealed class ApiKeyRing
{
    private readonly (ApiKey Key, Caller Caller)[] _keys;

    /// <summary>Makes the ring, with one caller for each key.</summary>
    public ApiKeyRing(IEnumerable<ApiKey> keys)
    {
        _keys = [.. keys.Select(static key => (key, new Caller { Kind = CallerKind.ApiKey, KeyName = key.Name, Grants = key.Grants, IsAdmin = key.IsAdmin }))];
    }

    /// <summary>Whether there are any.</summary>
    public bool IsEmpty => _keys.Length == 0;

    /// <summary>The caller of a key. All of them are looked at, whichever it is.</summary>
    public Identification Identify(string text)
    {
        byte[] hash = ApiKey.HashOf(text);
        Caller? found = null;
        foreach ((ApiKey key, Caller caller) in _keys)
        {
            if (SecretComparison.AreSame(key.Hash.Span, hash))
            {
                found = caller;
            }
        }

        return found is not null ? found : new AccessRefusal(ErrorCode.ApiKeyUnknown, "No API key of this server is the one that was shown.");
    }
}
