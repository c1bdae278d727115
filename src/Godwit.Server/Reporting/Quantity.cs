using System.Globalization;

namespace Godwit.Server.Reporting;

/// <summary>Writes measured quantities for people: two or three digits that count, and a unit that fits.</summary>
internal static class Quantity
{
    /// <summary>A number.</summary>
    public static string Number(double value) => Math.Abs(value) switch
    {
        0 => "0",
        < 0.0095 => value.ToString("0.####", CultureInfo.InvariantCulture),
        < 0.0995 => value.ToString("0.000", CultureInfo.InvariantCulture),
        < 0.995 => value.ToString("0.00", CultureInfo.InvariantCulture),
        < 9.95 => value.ToString("0.0", CultureInfo.InvariantCulture),
        < 999.5 => value.ToString("0", CultureInfo.InvariantCulture),
        _ => Rounded(value, 3).ToString("#,0", CultureInfo.InvariantCulture),
    };

    /// <summary>A time that is given in ms.</summary>
    public static string Milliseconds(double value) => value switch
    {
        < 0.995 => $"{Number(value)} ms",
        < 999.5 => $"{Number(value)} ms",
        _ => $"{Number(value / 1000)} s",
    };

    /// <summary>CPU time that is given in µs.</summary>
    public static string Microseconds(double value) => value < 999.5 ? $"{Number(value)} µs" : value < 999_500 ? $"{Number(value / 1000)} ms" : $"{Number(value / 1e6)} s";

    /// <summary>Bytes on a wire, by thousands.</summary>
    public static string Bytes(double value) => value < 999.5 ? $"{Number(value)} B" : value < 999_500 ? $"{Number(value / 1000)} kB" : value < 999.5e6 ? $"{Number(value / 1e6)} MB" : $"{Number(value / 1e9)} GB";

    /// <summary>Memory that is given in KiB, by 1024.</summary>
    public static string Memory(double kib) => kib < 1023.5 ? $"{Number(kib)} KiB" : kib < 1023.5 * 1024 ? $"{Number(kib / 1024)} MiB" : $"{Number(kib / 1024 / 1024)} GiB";

    /// <summary>A number that was chosen and not measured.</summary>
    public static string Plain(double value) => value.ToString("#,0.###", CultureInfo.InvariantCulture);

    /// <summary>A count that is known roughly: two digits that count.</summary>
    public static string Roughly(double value) => Rounded(value, 2).ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A number rounded to so many digits that count.</summary>
    public static double Rounded(double value, int digits)
    {
        if (value == 0 || !double.IsFinite(value))
        {
            return value;
        }

        double scale = Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(value))) + 1 - digits);
        return scale >= 1 ? Math.Round(value / scale) * scale : Math.Round(value, Math.Min(15, (int)-Math.Floor(Math.Log10(scale))));
    }
}
