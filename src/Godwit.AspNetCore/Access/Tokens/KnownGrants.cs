using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Access;

namespace Godwit.AspNetCore.Access.Tokens;

/// <summary>Grants of tokens that came lately, by their text: those whose issuer grants all users alike share one object, which each of their connections would else hold a copy of.</summary>
/// <remarks>Two halves, of which the older is dropped when the younger is full, bound it. Who holds grants goes on holding them.</remarks>
internal sealed class KnownGrants
{
    /// <summary>How many each half has.</summary>
    internal const int HalfSize = 256;

    /// <summary>The longest text that is kept; what is longer is rather a user's own.</summary>
    internal const int MostText = 512;

    private ConcurrentDictionary<string, Grants> _young = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, Grants> _old = new(StringComparer.Ordinal);

    /// <summary>How many are kept.</summary>
    internal int Count => _young.Count + _old.Count;

    /// <summary>Reads grants from JSON, as <see cref="Grants.TryRead"/> does.</summary>
    /// <param name="json">What stands where grants are expected.</param>
    /// <param name="grants">The grants, where the answer is true.</param>
    /// <param name="wrong">What is wrong, as a sentence, where it is false.</param>
    public bool TryRead(JsonElement json, [NotNullWhen(true)] out Grants? grants, [NotNullWhen(false)] out string? wrong)
    {
        string text;
        try
        {
            text = json.GetRawText();
        }
        catch (InvalidOperationException)
        {
            // Octets that are no UTF-8, within a name or a right.
            grants = null;
            wrong = Grants.Rule;
            return false;
        }

        if (_young.TryGetValue(text, out grants))
        {
            wrong = null;
            return true;
        }

        if (!_old.TryGetValue(text, out grants) && !Grants.TryRead(json, out grants, out wrong))
        {
            return false;
        }

        wrong = null;
        if (text.Length <= MostText)
        {
            if (_young.Count >= HalfSize)
            {
                _old = _young;
                _young = new(StringComparer.Ordinal);
            }

            grants = _young.GetOrAdd(text, grants);
        }

        return true;
    }
}
