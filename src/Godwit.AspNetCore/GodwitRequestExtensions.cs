using Godwit.Protocol;
using Godwit.Rooms;
using Godwit.Rooms.Requests;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps what the application answers requests of clients with.</summary>
public static class GodwitRequestExtensions
{
    /// <summary>Has requests answered that clients send over their sessions, to rooms of a pattern, with an event.</summary>
    /// <remarks>
    /// Whoever may publish in a room may send requests to it, at the same rates. Requests of one connection are answered one after the other, so
    /// a handler that takes its time holds up the client that asks, and nobody else. Where several handlers fit, the first that was mapped answers.
    /// </remarks>
    /// <param name="endpoints">The application.</param>
    /// <param name="rooms">A pattern of room names, as in policies: <c>*</c> is one or more characters without <c>:</c>, <c>**</c> anything, <c>{user}</c> the caller's name.</param>
    /// <param name="eventName">The event, exactly; see <see cref="EventName"/>.</param>
    /// <param name="handler">Answers.</param>
    /// <exception cref="ArgumentException">The pattern or the event is none.</exception>
    /// <exception cref="InvalidOperationException"><c>AddGodwit()</c> was not called.</exception>
    public static IEndpointRouteBuilder MapGodwitRequest(this IEndpointRouteBuilder endpoints, string rooms, string eventName, RequestHandler handler)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(rooms);
        ArgumentNullException.ThrowIfNull(eventName);
        ArgumentNullException.ThrowIfNull(handler);
        if (EventName.Check(eventName) is not null)
        {
            throw new ArgumentException(PublishRules.Event(EventName.Check(eventName)!), nameof(eventName));
        }

        RequestHandlers handlers = endpoints.ServiceProvider.GetService<RequestHandlers>()
            ?? throw new InvalidOperationException("Call builder.Services.AddGodwit() before app.MapGodwitRequest().");
        handlers.Add(RoomPattern.Parse(rooms), eventName, handler);
        return endpoints;
    }
}
