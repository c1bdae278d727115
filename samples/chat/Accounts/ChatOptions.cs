using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Godwit.Samples.Chat.Accounts;

/// <summary>The section <c>Chat</c> of the configuration.</summary>
internal sealed class ChatOptions
{
    /// <summary>Where it stands in the configuration.</summary>
    public const string Section = "Chat";

    /// <summary>Who may sign in. At least one.</summary>
    [Required]
    [ValidateEnumeratedItems]
    [MinLength(1, ErrorMessage = "Chat:Users is empty, so nobody could sign in. Add users; 'dotnet run -- hash' makes the hash of a password.")]
    public IList<Account> Users { get; } = [];

    /// <summary>The rooms that everybody is shown. Any other can be opened by its name.</summary>
    /// <value>1 to 32 lower-case letters, digits and hyphens each.</value>
    public IList<string> Rooms { get; } = [];

    /// <summary>How long a sign-in holds while it is used.</summary>
    /// <value>1 minute to 30 days; 8 hours by default.</value>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan SignInLife { get; set; } = TimeSpan.FromHours(8);

    /// <summary>How long a connection is somebody's before it needs another ticket. Whoever signed out is gone after that at the latest.</summary>
    /// <value>5 seconds to 1 day; 10 minutes by default.</value>
    [Range(typeof(TimeSpan), "00:00:05", "1.00:00:00")]
    public TimeSpan TicketHolds { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Attempts to sign in that one address may make at once; another comes back every three seconds.</summary>
    /// <value>1 to 1,000; 20 by default.</value>
    [Range(1, 1000)]
    public int SignInAttempts { get; set; } = 20;
}

/// <summary>Somebody who may sign in.</summary>
internal sealed class Account
{
    /// <summary>The user: <c>from</c> of every message, and the name among the members of a room.</summary>
    [Required]
    [RegularExpression("[A-Za-z0-9_.-]{1,32}", ErrorMessage = "A user's name is 1 to 32 of A-Z a-z 0-9 _ . -")]
    public string Name { get; set; } = "";

    /// <summary>The password's hash, as <c>dotnet run -- hash</c> prints it.</summary>
    [Required(ErrorMessage = "A user has no PasswordHash.")]
    public string PasswordHash { get; set; } = "";
}

/// <summary>Checks the section when the application starts.</summary>
[OptionsValidator]
internal sealed partial class ChatOptionsValidator : IValidateOptions<ChatOptions>;
