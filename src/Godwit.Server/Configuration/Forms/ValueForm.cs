using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration.Forms;

/// <summary>How values of one kind are written, read back, checked and described, whatever the source.</summary>
internal abstract class ValueForm<T>
{
    /// <summary>What a value is, to end the sentence "it takes …" with.</summary>
    public abstract string Rule { get; }

    /// <summary>The name of a value in the help of a flag.</summary>
    public abstract string Placeholder { get; }

    /// <summary>What a value is in a JSON file.</summary>
    public virtual SourceKind Kind => SourceKind.String;

    /// <summary>The names that may stand inside a value, for the spelling of environment variables.</summary>
    public virtual IEnumerable<string> InnerNames => [];

    /// <summary>Reads a value of any source, or adds what is wrong with it to the faults.</summary>
    public virtual bool TryRead(SourceNode node, string path, List<Fault> faults, [NotNullWhen(true)] out T? value) => ValueReading.TryRead(this, node, path, faults, out value);

    /// <summary>Reads a value.</summary>
    /// <returns>Null, or what is wrong with the text.</returns>
    public abstract string? Parse(string text, out T value);

    /// <summary>Writes a value so that <see cref="Parse"/> gives it back.</summary>
    public abstract string Print(T value);

    /// <summary>Whether the value may stand in what is printed as a configuration file.</summary>
    public virtual bool CanWrite(T value) => true;

    /// <summary>Writes the value as it stands in a JSON file.</summary>
    public virtual void WriteValue(Utf8JsonWriter json, T value) => json.WriteStringValue(Print(value));

    /// <summary>Writes what JSON Schema can say about a value, into an object that is open.</summary>
    public abstract void WriteSchema(Utf8JsonWriter json);
}
