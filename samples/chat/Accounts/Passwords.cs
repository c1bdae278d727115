using System.Collections.Frozen;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Godwit.Samples.Chat.Accounts;

/// <summary>Says whether a password is a user's.</summary>
internal sealed class Passwords
{
    private readonly PasswordHasher<Account> _hasher = PasswordHashing.Hasher;
    private readonly FrozenDictionary<string, Account> _accounts;

    // Somebody whom nobody is: to look at a name that is unknown takes as long as to look at one that is not.
    private readonly Account _nobody = new();

    /// <summary>Makes it by the configuration.</summary>
    public Passwords(IOptions<ChatOptions> options)
    {
        _accounts = options.Value.Users.ToFrozenDictionary(static account => account.Name, StringComparer.Ordinal);
        _nobody.PasswordHash = _hasher.HashPassword(_nobody, Guid.NewGuid().ToString());
    }

    /// <summary>Whether this is the user's password.</summary>
    public bool Fit(string name, string password)
    {
        bool isKnown = _accounts.TryGetValue(name, out Account? account);
        account ??= _nobody;
        return _hasher.VerifyHashedPassword(account, account.PasswordHash, password) != PasswordVerificationResult.Failed && isKnown;
    }
}
