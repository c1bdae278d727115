using Godwit.AspNetCore.Problems;
using Godwit.Protocol;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Godwit.AspNetCore.Requests;

/// <summary>The values of known query parameters, in the order of their names; unknown ones are ignored.</summary>
/// <remarks>Names are compared exactly. The query is walked once, without a dictionary.</remarks>
internal static class QueryParameters
{
    /// <summary>Reads the values.</summary>
    /// <param name="query">The request's query.</param>
    /// <param name="names">The parameters to look for.</param>
    /// <param name="flags">How many of them, at the end of <paramref name="names"/>, may be empty.</param>
    /// <param name="values">As long as <paramref name="names"/>; null stays where a parameter is not given.</param>
    /// <param name="problem">Which parameter is repeated or empty, if the answer is false.</param>
    public static bool TryRead(QueryString query, ReadOnlySpan<string> names, int flags, Span<string?> values, out Problem problem)
    {
        problem = default;
        if (!query.HasValue)
        {
            return true;
        }

        foreach (QueryStringEnumerable.EncodedNameValuePair pair in new QueryStringEnumerable(query.Value))
        {
            ReadOnlySpan<char> name = pair.EncodedName.Span;
            if (name.ContainsAny('%', '+'))
            {
                name = pair.DecodeName().Span;
            }

            int index = IndexOf(names, name);
            if (index < 0)
            {
                continue;
            }

            if (values[index] is not null)
            {
                problem = new Problem(ErrorCode.ParameterRepeated, $"'{names[index]}' may be given once.");
                return false;
            }

            string value = pair.DecodeValue().ToString();
            if (value.Length == 0 && index < names.Length - flags)
            {
                problem = new Problem(ErrorCode.ParameterEmpty, $"'{names[index]}' needs a value.");
                return false;
            }

            values[index] = value;
        }

        return true;
    }

    private static int IndexOf(ReadOnlySpan<string> names, ReadOnlySpan<char> name)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (name.SequenceEqual(names[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
