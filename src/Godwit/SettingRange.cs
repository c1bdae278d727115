namespace Godwit;

/// <summary>What a setting may be, both ends included.</summary>
/// <param name="Least">The least.</param>
/// <param name="Most">The most.</param>
internal readonly record struct SettingRange<T>(T Least, T Most)
    where T : struct, IComparable<T>
{
    /// <summary>Whether a value is within.</summary>
    public bool Contains(T value) => value.CompareTo(Least) >= 0 && value.CompareTo(Most) <= 0;
}
