using System.Globalization;

namespace Godwit.Limits;

/// <summary>How often something may happen: so many times a second on average, and so many times at once after a rest.</summary>
/// <param name="PerSecond">How often on average: 1 to 1,000,000 a second.</param>
/// <param name="Burst">How often at once: 1 to 1,000,000 times.</param>
public readonly record struct Rate(int PerSecond, int Burst)
{
    private const string Unit = "/s";
    private const string BurstWord = " burst ";

    internal static SettingRange<long> Range { get; } = new(1, 1_000_000);

    /// <summary>Whether both numbers are in their range.</summary>
    internal bool IsInRange => Range.Contains(PerSecond) && Range.Contains(Burst);

    /// <summary>Reads <c>50/s</c> or <c>50/s burst 200</c>; without a burst it is what a second gives.</summary>
    internal static bool TryParse(ReadOnlySpan<char> text, out Rate rate)
    {
        rate = default;
        int unit = text.IndexOf(Unit);
        if (unit < 0 || !TryCount(text[..unit], out int perSecond))
        {
            return false;
        }

        ReadOnlySpan<char> rest = text[(unit + Unit.Length)..];
        int burst = perSecond;
        if (!rest.IsEmpty && !(rest.StartsWith(BurstWord) && TryCount(rest[BurstWord.Length..], out burst)))
        {
            return false;
        }

        rate = new Rate(perSecond, burst);
        return true;
    }

    /// <summary>The rate as settings write it: <c>50/s burst 200</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{PerSecond}{Unit}{BurstWord}{Burst}");

    private static bool TryCount(ReadOnlySpan<char> digits, out int count) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out count);
}
