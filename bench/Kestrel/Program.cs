using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;

// What is written first on Kestrel and System.Net.WebSockets: one send after the other to every socket, and a task that
// every held poll waits for.
WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Logging.SetMinimumLevel(LogLevel.Warning);
WebApplication app = builder.Build();
app.UseWebSockets();

ConcurrentDictionary<WebSocket, bool> sockets = [];
SemaphoreSlim publishing = new(1);
List<string> log = [];
TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

app.MapPost("/publish", async (HttpRequest request) =>
{
    using StreamReader body = new(request.Body);
    string data = await body.ReadToEndAsync();
    await publishing.WaitAsync();
    try
    {
        string entry = $"{{\"offset\":{log.Count + 1},\"data\":{data}}}";
        TaskCompletionSource waiters = next;
        lock (log)
        {
            log.Add(entry);
            next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiters.SetResult();
        byte[] text = Encoding.UTF8.GetBytes(entry);
        foreach (WebSocket socket in sockets.Keys)
        {
            await socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
    }
    finally
    {
        publishing.Release();
    }

    return Results.StatusCode(StatusCodes.Status201Created);
});

app.MapGet("/poll", async (int after, CancellationToken gone) =>
{
    while (true)
    {
        Task entered;
        lock (log)
        {
            if (log.Count > after)
            {
                return Results.Text($"{{\"verdict\":\"ok\",\"entries\":[{string.Join(',', log[after..])}],\"next\":\"?after={log.Count}\"}}", "application/json");
            }

            entered = next.Task;
        }

        await entered.WaitAsync(gone);
    }
});

app.MapGet("/ws", async (HttpContext http) =>
{
    using WebSocket socket = await http.WebSockets.AcceptWebSocketAsync();
    sockets[socket] = true;
    try
    {
        byte[] buffer = new byte[1024];
        while ((await socket.ReceiveAsync(buffer, http.RequestAborted)).MessageType != WebSocketMessageType.Close)
        {
        }
    }
    catch (Exception fault) when (fault is WebSocketException or OperationCanceledException)
    {
        // The client has gone.
    }
    finally
    {
        sockets.TryRemove(socket, out _);
    }
});
app.Run();
