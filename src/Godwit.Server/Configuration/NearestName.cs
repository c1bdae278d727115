namespace Godwit.Server.Configuration;

/// <summary>Finds what somebody meant to write.</summary>
internal static class NearestName
{
    /// <summary>The known name that is nearest to a text; null if none is near.</summary>
    public static string? To(string text, IEnumerable<string> known)
    {
        string? nearest = null;
        int least = int.MaxValue;
        foreach (string name in known)
        {
            int distance = Math.Min(Distance(text, name), LastPartDistance(text, name));
            if (distance < least)
            {
                (nearest, least) = (name, distance);
            }
        }

        return least <= Math.Max(2, text.Length / 3) && least < text.Length ? nearest : null;
    }

    // "age" at the top level is probably retention.age; a little farther away than a misspelling of a whole path.
    private static int LastPartDistance(string text, string name) =>
        Distance(text[(text.LastIndexOf('.') + 1)..], name[(name.LastIndexOf('.') + 1)..]) is 0 ? 1 : int.MaxValue;

    // How many letters must be changed, added, left out or swapped with their neighbour; another case costs nothing.
    private static int Distance(string a, string b)
    {
        int[,] cost = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++)
        {
            for (int j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                int change = Same(a[i - 1], b[j - 1]) ? 0 : 1;
                int least = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + change);
                bool swapped = i > 1 && j > 1 && Same(a[i - 1], b[j - 2]) && Same(a[i - 2], b[j - 1]);
                cost[i, j] = swapped ? Math.Min(least, cost[i - 2, j - 2] + 1) : least;
            }
        }

        return cost[a.Length, b.Length];
    }

    private static bool Same(char a, char b) => char.ToLowerInvariant(a) == char.ToLowerInvariant(b);
}
