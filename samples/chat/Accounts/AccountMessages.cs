using System.Text.Json.Serialization;

namespace Godwit.Samples.Chat.Accounts;

/// <summary>What the sign-in form sends.</summary>
internal sealed record SignIn(string? Name, string? Password);

/// <summary>Who the page's user is, and a ticket to open one connection with.</summary>
/// <param name="User">The user.</param>
/// <param name="Ticket">Good once, for this user and the pages of this origin.</param>
/// <param name="Expires">Until when it can be taken, in ms since the Unix epoch.</param>
internal sealed record Admission(string User, string Ticket, long Expires);

/// <summary>What a page needs to know before anybody signs in.</summary>
/// <param name="User">Who is signed in already; null where nobody is.</param>
/// <param name="Rooms">The rooms to show.</param>
/// <param name="EntryBytes">The most octets of a message.</param>
internal sealed record Scene(string? User, IList<string> Rooms, int EntryBytes);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SignIn))]
[JsonSerializable(typeof(Admission))]
[JsonSerializable(typeof(Scene))]
internal sealed partial class AccountJson : JsonSerializerContext;
