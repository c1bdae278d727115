using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Requests;

/// <summary>The headers of a request whose answer may go on for as long as the client stays: nothing of them is to be held that long.</summary>
internal static class RequestHeaders
{
    /// <summary>Removes the headers, and what routing noted: a browser's headers are often more than all else that a waiting stream holds.</summary>
    /// <remarks>
    /// Whoever needs one of them reads it before. One by one, since Kestrel keeps the texts of a header collection that is cleared, to compare those of the next request.
    /// </remarks>
    public static void Forget(HttpContext context)
    {
        // The name of the room, in a table of its own.
        context.Features.Set<IRouteValuesFeature>(null);
        IHeaderDictionary headers = context.Request.Headers;
        if (headers.IsReadOnly)
        {
            return;
        }

        foreach (string name in Names(headers))
        {
            headers.Remove(name);
        }
    }

    /// <summary>The names of all headers.</summary>
    /// <remarks>Not by enumerating them: Kestrel keeps the enumerator with the headers.</remarks>
    public static string[] Names(IHeaderDictionary headers)
    {
        int count = headers.Count;
        KeyValuePair<string, StringValues>[] copy = ArrayPool<KeyValuePair<string, StringValues>>.Shared.Rent(count);
        try
        {
            headers.CopyTo(copy, 0);
            var names = new string[count];
            for (int i = 0; i < count; i++)
            {
                names[i] = copy[i].Key;
            }

            return names;
        }
        finally
        {
            // What clients sent must not be kept alive by the pool.
            ArrayPool<KeyValuePair<string, StringValues>>.Shared.Return(copy, clearArray: true);
        }
    }
}
