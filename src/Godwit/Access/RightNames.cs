namespace Godwit.Access;

/// <summary>Rights as text: in credentials, settings and refusals.</summary>
internal static class RightNames
{
    /// <summary>The names, for error messages.</summary>
    public const string Rule = "read, publish, presence and history";

    private static readonly (string Name, Rights Right)[] Names =
    [
        ("read", Rights.Read),
        ("publish", Rights.Publish),
        ("presence", Rights.Presence),
        ("history", Rights.History),
    ];

    /// <summary>Every name with its right.</summary>
    public static IReadOnlyList<(string Name, Rights Right)> All => Names;

    /// <summary>The right of a name; <see cref="Rights.None"/> if there is none.</summary>
    public static Rights Find(ReadOnlySpan<char> name)
    {
        foreach ((string known, Rights right) in Names)
        {
            if (name.SequenceEqual(known))
            {
                return right;
            }
        }

        return Rights.None;
    }

    /// <summary>The names of rights, in a fixed order.</summary>
    public static IEnumerable<string> Of(Rights rights) =>
        from known in Names where (rights & known.Right) != 0 select known.Name;
}
