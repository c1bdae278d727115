using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Godwit.Samples.Chat.Accounts;

/// <summary>How passwords are kept: by ASP.NET Core Identity's hasher, PBKDF2 with HMAC-SHA-512.</summary>
internal static class PasswordHashing
{
    /// <summary>The hasher. OWASP's Password Storage Cheat Sheet asks for this many rounds of this function.</summary>
    public static PasswordHasher<Account> Hasher { get; } = new(Options.Create(new PasswordHasherOptions { IterationCount = 210_000 }));

    /// <summary>The command <c>hash</c>: reads a password, a line, and prints what the configuration takes.</summary>
    public static int Run(TextReader input, TextWriter output)
    {
        if (input.ReadLine() is not { Length: > 0 } password)
        {
            Console.Error.WriteLine("Give the password as a line of standard input.");
            return 2;
        }

        output.WriteLine(Hasher.HashPassword(new Account(), password));
        return 0;
    }
}
