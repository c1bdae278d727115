using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Access;

namespace Godwit.AspNetCore.Access.Tokens;

/// <summary>Grants of tokens that came lately, by their text: those whose issuer grants all users alike share one object, which each of their connections would else hold a copy of.</summary>
internal sealed class KnownGrants
{
    /// <summary>How many each half has.</summary>
    internal const int HalfSize = 256;

    /// <summary>The longest text that is kept; what is longer is rather a user's own.</summary>
    internal const int MostText = 512;

    private readonly RecentlyKnown<string, Grants> _known = new(HalfSize);

    /// <summary>How many are kept.</summary>
    internal int Count => _known.Count;

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

        if (_known.TryFind(text, out grants))
        {
            wrong = null;
            return true;
        }

        if (!Grants.TryRead(json, out grants, out wrong))
        {
            return false;
        }

        if (text.Length <= MostText)
        {
            _known.Note(text, grants);
        }

        return true;
    }
}
