namespace Godwit.Server.Probes;

/// <summary>What a publish carries: JSON, or octets.</summary>
internal readonly record struct PublishContent
{
    private const string Mark = "bytes:";

    private PublishContent(string text)
    {
        Text = text;
    }

    /// <summary>It in one text: JSON as it is sent, and octets as <c>bytes:</c> and their base64, which is no JSON.</summary>
    public string Text { get; }

    /// <summary>The octets in base64; null of JSON.</summary>
    public string? Base64 => Text.StartsWith(Mark, StringComparison.Ordinal) ? Text[Mark.Length..] : null;

    /// <summary>The octets; null of JSON.</summary>
    public byte[]? Octets => Base64 is { } text ? Convert.FromBase64String(text) : null;

    /// <summary>JSON.</summary>
    public static PublishContent Json(string json) => new(json);

    /// <summary>Octets.</summary>
    public static PublishContent Bytes(ReadOnlySpan<byte> octets) => new(Mark + Convert.ToBase64String(octets));

    /// <summary>What <see cref="Text"/> gave.</summary>
    public static PublishContent Of(string text) => new(text);

    /// <summary>What an entry holds; null of a frame that is none.</summary>
    public static PublishContent? Of(ProbeFrame frame) => frame.Bytes is { } octets ? Bytes(octets) : frame.Data is { } json ? Json(json) : null;

    /// <inheritdoc/>
    public override string ToString() => Text;
}
