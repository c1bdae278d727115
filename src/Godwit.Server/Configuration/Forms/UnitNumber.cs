using System.Globalization;

namespace Godwit.Server.Configuration.Forms;

/// <summary>Whole numbers that carry their unit, as in <c>250ms</c> and <c>64KiB</c>.</summary>
internal static class UnitNumber
{
    /// <summary>Reads digits and a unit.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="units">The units from the smallest up, each with its factor.</param>
    /// <param name="value">The number times the unit's factor.</param>
    /// <returns>Null, or what is wrong with the text.</returns>
    public static string? Parse(string text, ReadOnlySpan<(string Name, long Factor)> units, out long value)
    {
        value = 0;
        int digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits == 0 || text.Length == 0)
        {
            return $"{Fault.Quote(text)} does not begin with a whole number";
        }

        if (digits < 0)
        {
            return $"{Fault.Quote(text)} has no unit";
        }

        string unit = text[digits..];
        if (!TryFind(units, unit, out long factor))
        {
            return $"{Fault.Quote(text)} has no unit that is known here";
        }

        if (!long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number > long.MaxValue / factor)
        {
            return $"{Fault.Quote(text)} is too large";
        }

        value = number * factor;
        return null;
    }

    /// <summary>Writes a number with the largest unit that divides it.</summary>
    public static string Print(long value, ReadOnlySpan<(string Name, long Factor)> units)
    {
        (string name, long factor) = units[0];
        foreach ((string Name, long Factor) unit in units)
        {
            if (value != 0 && value % unit.Factor == 0)
            {
                (name, factor) = unit;
            }
        }

        return (value / factor).ToString(CultureInfo.InvariantCulture) + name;
    }

    private static bool TryFind(ReadOnlySpan<(string Name, long Factor)> units, string name, out long factor)
    {
        foreach ((string Name, long Factor) unit in units)
        {
            if (unit.Name == name)
            {
                factor = unit.Factor;
                return true;
            }
        }

        factor = 0;
        return false;
    }
}
