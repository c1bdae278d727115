using System.Globalization;
using Godwit.Limits;
using Microsoft.Extensions.Options;

namespace Godwit.AspNetCore.Settings;

/// <summary>What is wrong with a set of options, each fault with the setting, its value and its range.</summary>
/// <param name="options">The name of the options.</param>
internal sealed class SettingFaults(string options)
{
    private readonly List<string> _faults = [];

    /// <summary>The result of the whole check.</summary>
    public ValidateOptionsResult Result => _faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_faults);

    /// <summary>Checks a setting.</summary>
    /// <param name="path">Its path within the options.</param>
    /// <param name="value">Its value; null stands for a default.</param>
    /// <param name="range">What it may be.</param>
    public void Check<T>(string path, T? value, SettingRange<T> range)
        where T : struct, IComparable<T>
    {
        if (value is { } given && !range.Contains(given))
        {
            Add(path, Text(given), $"it takes {Text(range.Least)} {(range.Most is long.MaxValue ? "or more" : "to " + Text(range.Most))}");
        }
    }

    /// <summary>Checks a rate.</summary>
    /// <param name="path">Its path within the options.</param>
    /// <param name="rate">The rate; null stands for none.</param>
    public void Check(string path, Rate? rate)
    {
        if (rate is { IsInRange: false } given)
        {
            Add(path, given.ToString(), $"each number is {Text(Rate.Range.Least)} to {Text(Rate.Range.Most)}");
        }
    }

    /// <summary>Adds a fault.</summary>
    public void Add(string path, string value, string rule) => _faults.Add($"{options}.{path} is {value}; {rule}.");

    private static string Text<T>(T value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "null";
}
