using System.Diagnostics.CodeAnalysis;
using Godwit.Server.Configuration.Forms;
using Godwit.Server.Configuration.Sources;

namespace Godwit.Server.Configuration;

/// <summary>Reads simple values of any source.</summary>
internal static class ValueReading
{
    public static bool TryRead<TValue>(ValueForm<TValue> form, SourceNode node, string path, List<Fault> faults, [NotNullWhen(true)] out TValue? value)
    {
        value = default;
        string? problem = node.Kind switch
        {
            SourceKind.Null => "null is not a value",
            SourceKind.Object => "an object stands here",
            SourceKind.List => "a list stands here",
            SourceKind.Text => null,
            var kind when kind != form.Kind => $"{Article(node.Kind)} stands here",
            _ => null,
        };
        problem ??= form.Parse(node.Text, out value);
        if (problem is null)
        {
            return value is not null;
        }

        string remedy = form.Kind == SourceKind.String && node.Kind is not (SourceKind.Text or SourceKind.String) ? $"it takes a string: {form.Rule}" : $"it takes {form.Rule}";
        faults.Add(new Fault(node.Source, path, problem, node.Kind == SourceKind.Null ? "leave the setting out to have its default" : remedy));
        return false;
    }

    public static string Article(SourceKind kind) => kind switch
    {
        SourceKind.Object => "an object",
        SourceKind.List => "a list",
        SourceKind.Number => "a number",
        SourceKind.String => "a string",
        SourceKind.Null => "null",
        SourceKind.Switch => "true or false",
        _ => "text",
    };
}
