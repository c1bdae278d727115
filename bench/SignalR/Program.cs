using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

// What a SignalR application has that sends each published entry to every client: one hub, the JSON protocol, defaults.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.Services.AddSignalR(signalR =>
{
    // The load generator's readers never ping, so that they cost it nothing. Nothing is saved here that the server does.
    signalR.ClientTimeoutInterval = TimeSpan.FromMinutes(30);
});

WebApplication app = builder.Build();
app.MapHub<EntryHub>("/hub");
app.MapPost("/publish", async (JsonElement data, IHubContext<EntryHub> readers) =>
{
    await readers.Clients.All.SendAsync("entry", data);
    return Results.StatusCode(StatusCodes.Status201Created);
});
app.Run();

internal sealed class EntryHub : Hub;
