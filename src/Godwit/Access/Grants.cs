using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Protocol;
using Godwit.Rooms;

namespace Godwit.Access;

/// <summary>What a credential allows: rights by patterns of rooms. A room has the rights of every pattern that matches it.</summary>
/// <remarks>As JSON it is an object, <c>{"chat:*": ["read","publish"], "user:{user}": ["read"]}</c>: the claim <c>godwit</c> of a token, and the grants of API keys and tickets.</remarks>
public sealed class Grants
{
    /// <summary>The most patterns.</summary>
    public const int MaxPatterns = 128;

    /// <summary>What JSON of grants is, for error messages.</summary>
    public const string Rule = "Grants are an object of up to 128 room patterns, each with a list of rights: read, publish, presence, history.";

    /// <summary>No right in any room.</summary>
    public static readonly Grants None = new([]);

    /// <summary>Every right in every room.</summary>
    public static readonly Grants Everything = new([new Grant(RoomPattern.Everything, Rights.All)]);

    private readonly Grant[] _grants;

    /// <summary>Makes grants.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There are more than <see cref="MaxPatterns"/>.</exception>
    public Grants(IEnumerable<Grant> grants)
    {
        ArgumentNullException.ThrowIfNull(grants);
        _grants = [.. grants];
        ArgumentOutOfRangeException.ThrowIfGreaterThan(_grants.Length, MaxPatterns, nameof(grants));
    }

    /// <summary>The grants, in the order given.</summary>
    public IReadOnlyList<Grant> Items => _grants;

    /// <summary>The rights in a room.</summary>
    /// <param name="room">The room.</param>
    /// <param name="user">Who <c>{user}</c> is; without one a pattern with it matches nothing.</param>
    public Rights In(RoomName room, string? user)
    {
        if (ReferenceEquals(this, Everything))
        {
            return Rights.All;
        }

        string name = room.ToString();
        Rights rights = Rights.None;
        foreach (Grant grant in _grants)
        {
            if ((grant.Rights & ~rights) != 0 && grant.Rooms.Matches(name, user))
            {
                rights |= grant.Rights;
            }
        }

        return rights;
    }

    /// <summary>Reads grants from JSON.</summary>
    /// <param name="json">What stands where grants are expected.</param>
    /// <param name="grants">The grants, where the answer is true.</param>
    /// <param name="wrong">What is wrong, as a sentence, where it is false.</param>
    public static bool TryRead(JsonElement json, [NotNullWhen(true)] out Grants? grants, [NotNullWhen(false)] out string? wrong)
    {
        try
        {
            return TryReadObject(json, out grants, out wrong);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, in a name or in a right.
            grants = null;
            wrong = Rule;
            return false;
        }
    }

    private static bool TryReadObject(JsonElement json, [NotNullWhen(true)] out Grants? grants, [NotNullWhen(false)] out string? wrong)
    {
        grants = null;
        if (json.ValueKind != JsonValueKind.Object)
        {
            wrong = Rule;
            return false;
        }

        var read = new List<Grant>();
        foreach (JsonProperty property in json.EnumerateObject())
        {
            if (!RoomPattern.TryParse(property.Name, out RoomPattern? pattern))
            {
                wrong = RoomPattern.Rule;
                return false;
            }

            if (read.Count == MaxPatterns || !TryReadRights(property.Value, out Rights rights))
            {
                wrong = Rule;
                return false;
            }

            read.Add(new Grant(pattern, rights));
        }

        grants = new Grants(read);
        wrong = null;
        return true;
    }

    /// <summary>Writes the grants as an object.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        json.WriteStartObject();
        foreach (Grant grant in _grants)
        {
            json.WriteStartArray(grant.Rooms.ToString());
            foreach (string name in RightNames.Of(grant.Rights))
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static bool TryReadRights(JsonElement json, out Rights rights)
    {
        rights = Rights.None;
        if (json.ValueKind != JsonValueKind.Array)
        {
            return false;
        }

        foreach (JsonElement item in json.EnumerateArray())
        {
            Rights right = item.ValueKind == JsonValueKind.String ? RightNames.Find(item.GetString()) : Rights.None;
            if (right == Rights.None)
            {
                return false;
            }

            rights |= right;
        }

        return true;
    }
}
