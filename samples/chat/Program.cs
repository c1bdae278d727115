using Godwit.Samples.Chat.Accounts;
using Godwit.Samples.Chat.Pages;
using Godwit.Samples.Chat.Rooms;
using Godwit.Samples.Chat.Servers;
using Microsoft.Extensions.Options;

if (args is ["hash"])
{
    return PasswordHashing.Run(Console.In, Console.Out);
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services.AddAccounts();
builder.Services.AddGodwit(
    engine => engine.Policies.AddChatRooms(),
    http => http.BodyBytes = ChatRooms.MessageLimit);
if (builder.Configuration[SharedStore.Setting] is { Length: > 0 } redis)
{
    builder.Services.AddSharedStore(redis);
}

WebApplication app = builder.Build();
app.UsePages();
app.UseRateLimiter();
app.UseAuthentication();
app.UseAuthorization();
app.MapAccounts();
app.MapGodwit("/rt");
app.MapTopics();
try
{
    await app.RunAsync();
    return 0;
}
catch (OptionsValidationException wrong)
{
    Console.Error.WriteLine(string.Join(Environment.NewLine, wrong.Failures));
    return 2;
}
