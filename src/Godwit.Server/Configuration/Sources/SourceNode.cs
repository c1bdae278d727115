namespace Godwit.Server.Configuration.Sources;

/// <summary>What a value is in its source.</summary>
internal enum SourceKind
{
    /// <summary>Text that may stand for any simple value: a flag's or an environment variable's.</summary>
    Text,

    /// <summary>A JSON string.</summary>
    String,

    /// <summary>A JSON number.</summary>
    Number,

    /// <summary><c>true</c> or <c>false</c> in JSON.</summary>
    Switch,

    /// <summary><c>null</c> in JSON.</summary>
    Null,

    /// <summary>An object, or variables with a common beginning.</summary>
    Object,

    /// <summary>A list, or variables or flags that number its items.</summary>
    List,
}

/// <summary>A value as a source gives it, before anybody knows whether it is a setting.</summary>
/// <param name="Source">Where it stands, for a person.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Text">The value, unless it is an object or a list.</param>
internal sealed record SourceNode(string Source, SourceKind Kind, string Text = "")
{
    /// <summary>Where its name stands, if that is another place.</summary>
    public string? NamedAt { get; init; }

    /// <summary>The members of an object, in the order of the source.</summary>
    public List<(string Name, SourceNode Value)> Members { get; } = [];

    /// <summary>The items of a list.</summary>
    public List<SourceNode> Items { get; } = [];

    /// <summary>The member of a name, if there is one.</summary>
    public SourceNode? this[string name]
    {
        get
        {
            foreach ((string Name, SourceNode Value) member in Members)
            {
                if (member.Name == name)
                {
                    return member.Value;
                }
            }

            return null;
        }
    }
}
