using System.Collections.Concurrent;
using Godwit.AspNetCore.Requests;
using Microsoft.AspNetCore.Http;

namespace Godwit.Server.Tests.Http;

/// <summary>Records what it is asked for and answers with the name of its kind, or as the test says.</summary>
internal sealed class RecordingTransport(TransportKind kind, ConcurrentQueue<RoomRequest> requests) : IRoomTransport
{
    public Func<HttpContext, Task>? Answer { get; set; }

    public Task RunAsync(HttpContext context, RoomRequest request)
    {
        requests.Enqueue(request);
        return Answer?.Invoke(context) ?? context.Response.WriteAsync(kind.ToString());
    }
}
