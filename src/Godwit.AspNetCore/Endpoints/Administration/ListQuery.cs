using System.Globalization;
using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>The parameters of lists: <c>after</c> and <c>limit</c>.</summary>
internal static class ListQuery
{
    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;

    /// <summary>Reads how many to list.</summary>
    public static bool TryReadLimit(HttpRequest request, out int limit, out Problem problem)
    {
        limit = DefaultLimit;
        if (!TryReadText(request, "limit", out string? text, out problem))
        {
            return false;
        }

        if (text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MostLimit))
        {
            return true;
        }

        problem = new Problem(ErrorCode.ParameterInvalid, $"'limit' is a number from 1 to {MostLimit}.") { Field = "limit" };
        return false;
    }

    /// <summary>Reads a parameter; null where it is not there. A repeated or empty one is a fault.</summary>
    public static bool TryReadText(HttpRequest request, string name, out string? text, out Problem problem)
    {
        problem = default;
        text = null;
        if (!request.Query.TryGetValue(name, out StringValues values))
        {
            return true;
        }

        if (values is [{ Length: > 0 } one])
        {
            text = one;
            return true;
        }

        problem = new Problem(ErrorCode.ParameterInvalid, $"'{name}' is given once, and not empty.") { Field = name };
        return false;
    }
}
