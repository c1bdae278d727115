using System.Text.Json;

namespace Godwit.Server.Configuration.Forms;

/// <summary>One of a few words.</summary>
internal sealed class ChoiceForm<T>(params (string Word, T Value)[] choices) : ValueForm<T>
{
    public override string Rule => string.Join(" or ", choices.Select(choice => choice.Word));

    public override string Placeholder => string.Join('|', choices.Select(choice => choice.Word));

    public override string? Parse(string text, out T value)
    {
        foreach ((string word, T choice) in choices)
        {
            if (word == text)
            {
                value = choice;
                return null;
            }
        }

        value = choices[0].Value;
        return $"{Fault.Quote(text)} is none of its values";
    }

    public override string Print(T value) => choices.First(choice => EqualityComparer<T>.Default.Equals(choice.Value, value)).Word;

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartArray("enum");
        foreach ((string word, _) in choices)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
    }
}
