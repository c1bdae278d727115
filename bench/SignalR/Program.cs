using System.Text.Json;
using Microsoft.AspNetCore.SignalR;

// What a SignalR application has that sends each published entry to every client, or to those of a room: one hub, the JSON protocol,
// defaults. With REDIS in its environment several of them are joined by SignalR's Redis backplane.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
ISignalRServerBuilder signals = builder.Services.AddSignalR(signalR =>
{
    // The load generator's readers never ping, so that they cost it nothing. Nothing is saved here that the server does.
    signalR.ClientTimeoutInterval = TimeSpan.FromMinutes(30);
});
if (builder.Configuration["REDIS"] is { Length: > 0 } redis)
{
    signals.AddStackExchangeRedis(redis);
}

WebApplication app = builder.Build();
app.MapHub<EntryHub>("/hub");
app.MapPost("/publish", async (JsonElement data, string? room, IHubContext<EntryHub> readers) =>
{
    await (room is null ? readers.Clients.All : readers.Clients.Group(room)).SendAsync("entry", data);
    return Results.StatusCode(StatusCodes.Status201Created);
});
app.Run();

internal sealed class EntryHub : Hub
{
    public override async Task OnConnectedAsync()
    {
        if (Context.GetHttpContext()?.Request.Query["room"].ToString() is { Length: > 0 } room)
        {
            await Groups.AddToGroupAsync(Context.ConnectionId, room);
        }
    }
}
