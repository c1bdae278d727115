using System.Text.Json;
using Godwit.Protocol;

namespace Godwit.Server.Probes;

/// <summary>The fields of one received object, each read as what the contract says it is.</summary>
internal readonly struct ProbeFields
{
    private readonly JsonElement _element;
    private readonly string _raw;

    public ProbeFields(JsonElement element, string raw)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new ContractException("A frame is not a JSON object.", raw);
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonProperty field in element.EnumerateObject())
        {
            if (!names.Add(field.Name))
            {
                throw new ContractException($"The field '{field.Name}' stands there twice.", raw);
            }
        }

        _element = element;
        _raw = raw;
    }

    public bool Has(string name) => _element.TryGetProperty(name, out _);

    public string Text(string name) => OptionalText(name) ?? throw Lacks(name, "a string");

    public string? OptionalText(string name)
    {
        if (!_element.TryGetProperty(name, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Lacks(name, "a string");
    }

    public string? RawText(string name) => _element.TryGetProperty(name, out JsonElement value) ? value.GetRawText() : null;

    public byte[]? Octets(string name)
    {
        if (!_element.TryGetProperty(name, out JsonElement value))
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out byte[]? octets) ? octets : throw Lacks(name, "a base64 string");
    }

    public long Whole(string name) =>
        _element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) && number >= 0
            ? number
            : throw Lacks(name, "a whole number from 0");

    /// <summary>A flag that is left out when false.</summary>
    public bool Flag(string name) =>
        _element.TryGetProperty(name, out JsonElement value) && (value.ValueKind == JsonValueKind.True ? true : throw Lacks(name, "true, or absent"));

    public JsonElement.ArrayEnumerator List(string name) =>
        _element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : throw Lacks(name, "an array");

    public bool Truth(string name) =>
        _element.TryGetProperty(name, out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.ValueKind == JsonValueKind.True : throw Lacks(name, "true or false");

    public JsonElement.ObjectEnumerator Members(string name) =>
        _element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? value.EnumerateObject() : throw Lacks(name, "an object");

    /// <summary>The room, which must be this one if one is given.</summary>
    public string Room(string? expected) =>
        Text("room") is var room && (expected is null || room == expected) ? room : throw new ContractException($"The frame is of the room '{room}', not of '{expected}'.", _raw);

    public string Position()
    {
        string position = Text("position");
        ProbeFrameParser.OffsetOf(position);
        return position;
    }

    public string Event()
    {
        string name = Text("event");
        return EventName.Check(name) is null ? name : throw new ContractException("An entry has an event name that is refused in a publish.", _raw);
    }

    public string Code()
    {
        string code = Text("code");
        foreach (ErrorCode known in ErrorCode.All)
        {
            if (known.Code == code)
            {
                return code;
            }
        }

        throw new ContractException($"The code '{code}' is not in the registry.", _raw);
    }

    public OffsetRange Missing()
    {
        if (!_element.TryGetProperty("missing", out JsonElement value))
        {
            throw Lacks("missing", "{from, to}");
        }

        var fields = new ProbeFields(value, _raw);
        var range = new OffsetRange(fields.Whole("from"), fields.Whole("to"));
        return range.From >= 1 && range.From <= range.To ? range : throw new ContractException("'missing' is not a range of offsets.", _raw);
    }

    private ContractException Lacks(string name, string expected) => new($"'{name}' is not there or not {expected}.", _raw);
}
