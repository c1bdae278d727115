using System.Globalization;
using Godwit.AspNetCore.Problems;
using Godwit.AspNetCore.Requests;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;

namespace Godwit.AspNetCore.Endpoints.Administration;

/// <summary>The parameters of lists. All have <c>limit</c>, which says how many to list.</summary>
internal static class ListQuery
{
    private const int DefaultLimit = 100;
    private const int MostLimit = 1000;

    /// <summary>Reads the parameters.</summary>
    /// <param name="query">The request's query.</param>
    /// <param name="names">The parameters; the first is <c>limit</c>.</param>
    /// <param name="values">As long as <paramref name="names"/>; null stays where a parameter is not given.</param>
    /// <param name="limit">How many to list.</param>
    /// <param name="problem">What is wrong, where the answer is false.</param>
    public static bool TryRead(QueryString query, ReadOnlySpan<string> names, Span<string?> values, out int limit, out Problem problem)
    {
        limit = DefaultLimit;
        if (!QueryParameters.TryRead(query, names, 0, values, out problem))
        {
            return false;
        }

        if (values[0] is not { } text || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit is >= 1 and <= MostLimit))
        {
            return true;
        }

        problem = new Problem(ErrorCode.LimitInvalid, $"'limit' is a number from 1 to {MostLimit}.") { Field = "limit" };
        return false;
    }
}
