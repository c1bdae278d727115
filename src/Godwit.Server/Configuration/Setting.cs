using System.Text.Json;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration;

/// <summary>One setting, declared once: the parser, the checks, the flags, the environment and the schema all come from here.</summary>
/// <typeparam name="TTarget">What the setting is set on.</typeparam>
/// <param name="path">Its name in the file; dots lead into objects.</param>
/// <param name="description">What it means and what follows from it, in whole sentences.</param>
internal abstract class Setting<TTarget>(string path, string description)
{
    public string Path { get; } = path;

    public string Description { get; } = description;

    /// <summary>The flag that sets it, with its dashes; null for those that have none.</summary>
    public string? Flag { get; init; }

    /// <summary>What holds while it has no value.</summary>
    public string Unset { get; init; } = "not set";

    /// <summary>The path of the setting that it follows while no source sets it; null if it follows none.</summary>
    public string? Follows { get; init; }

    /// <summary>Whether an object without it is a fault.</summary>
    public bool Required { get; init; }

    /// <summary>Whether a flag may be given without a value.</summary>
    public virtual bool IsSwitch => false;

    /// <summary>Whether a flag may be repeated.</summary>
    public virtual bool IsList => false;

    /// <summary>What a value is, to end the sentence "it takes …" with.</summary>
    public abstract string Rule { get; }

    /// <summary>What the value of a flag is called in its help.</summary>
    public abstract string Placeholder { get; }

    /// <summary>The names that may stand inside its value, for the spelling of environment variables.</summary>
    public virtual IEnumerable<string> InnerNames => [];

    /// <summary>Reads a value of any source.</summary>
    /// <param name="node">The value.</param>
    /// <param name="path">The setting's full path.</param>
    /// <param name="faults">Where faults are added.</param>
    /// <returns>What sets the value; null if it has faults.</returns>
    public abstract Action<TTarget>? Read(SourceNode node, string path, List<Fault> faults);

    /// <summary>The value that a target has, as the file would hold it; null if the target has none.</summary>
    public abstract string? Print(TTarget target);

    /// <summary>Whether a target has a value, and one that may be shown.</summary>
    public abstract bool CanWrite(TTarget target);

    /// <summary>Writes the value that a target has as it stands in a JSON file.</summary>
    public abstract void WriteValue(Utf8JsonWriter json, TTarget target);

    /// <summary>Writes the setting's schema into an object that is open.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="defaults">A target with the values that are the defaults; without one no default is named.</param>
    public abstract void WriteSchema(Utf8JsonWriter json, TTarget? defaults);
}
