using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Requests;

/// <summary>Reads a room for one request. One object of each <see cref="TransportKind"/> serves all requests; registered under it as key.</summary>
internal interface IRoomTransport
{
    /// <summary>Answers the request; nothing has been written, but the headers that every answer has.</summary>
    /// <returns>Completes when the answer is out or the reader is gone.</returns>
    Task RunAsync(HttpContext context, RoomRequest request);
}
