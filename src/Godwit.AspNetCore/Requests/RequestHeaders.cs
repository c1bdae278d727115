using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Requests;

/// <summary>Lets go of what a request brought, once it has been read and its answer goes on for as long as the client stays.</summary>
internal static class RequestHeaders
{
    /// <summary>Removes the headers: a browser's are often more than all else that a waiting stream holds.</summary>
    /// <remarks>
    /// Whoever needs one of them reads it before. One by one, since Kestrel keeps the texts of a header collection that is cleared, to compare those of the next request.
    /// </remarks>
    public static void Forget(HttpContext context)
    {
        IHeaderDictionary headers = context.Request.Headers;
        if (headers.IsReadOnly)
        {
            return;
        }

        foreach (string name in headers.Keys.ToArray())
        {
            headers.Remove(name);
        }
    }
}
