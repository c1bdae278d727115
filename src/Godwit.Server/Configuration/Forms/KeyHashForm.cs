using System.Security.Cryptography;
using System.Text.Json;
using Godwit.AspNetCore;

namespace Godwit.Server.Configuration.Forms;

/// <summary>The hash that an API key is known by. Not the key itself: that is the backend's alone.</summary>
internal sealed class KeyHashForm : ValueForm<byte[]>
{
    public override string Rule => "the SHA-256 of an API key, 64 hexadecimal digits, as godwit key prints it";

    public override string Placeholder => "HASH";

    public override string? Parse(string text, out byte[] value)
    {
        value = [];
        if (text.StartsWith(ApiKey.Prefix, StringComparison.Ordinal))
        {
            return "the key itself stands here, and not its hash";
        }

        if (text.Length != 2 * SHA256.HashSizeInBytes || !text.All(char.IsAsciiHexDigit))
        {
            return "it is not a hash";
        }

        value = Convert.FromHexString(text);
        return null;
    }

    public override string Print(byte[] value) => Convert.ToHexStringLower(value);

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", "^[0-9A-Fa-f]{64}$");
    }
}
