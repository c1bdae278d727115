namespace Godwit.Fuzzing.Tests.Mutation;

/// <summary>What a parser did with an input, in 64 bits: an input that made it do something new is worth being changed further.</summary>
internal struct Signature
{
    private ulong _value;

    public Signature() => _value = 14695981039346656037;

    /// <summary>The bits.</summary>
    public readonly ulong Value => _value;

    /// <summary>Adds a number.</summary>
    public Signature With(long number)
    {
        _value = (_value ^ (ulong)number) * 1099511628211;
        return this;
    }

    /// <summary>Adds a text.</summary>
    public Signature With(string? text)
    {
        With(text?.Length ?? -1);
        foreach (char c in text ?? "")
        {
            With(c);
        }

        return this;
    }
}
