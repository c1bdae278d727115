using System.Text.Json;
using Godwit.AspNetCore.Access.Tokens;

namespace Godwit.Server.Configuration.Forms;

/// <summary>The path of a file with a public key, which is read when the configuration is.</summary>
internal sealed class PublicKeyForm : ValueForm<PublicKeyFile>
{
    private const int LongestFile = 64 << 10;

    public override string Rule => $"the path of a file with {TokenKeys.Rule}";

    public override string Placeholder => "FILE";

    public override string? Parse(string text, out PublicKeyFile value)
    {
        value = new PublicKeyFile(text, "");
        string pem;
        try
        {
            if (new FileInfo(text).Length > LongestFile)
            {
                return $"{Fault.Quote(text)} is too long for a key";
            }

            pem = File.ReadAllText(text);
        }
        catch (Exception wrong) when (wrong is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"{Fault.Quote(text)} cannot be read: {wrong.Message.TrimEnd('.')}";
        }

        if (pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return $"{Fault.Quote(text)} holds a private key, which this server has no use for";
        }

        value = new PublicKeyFile(text, pem);
        return TokenKeys.Of(pem) is null ? $"{Fault.Quote(text)} holds no key that tokens can be verified with" : null;
    }

    public override string Print(PublicKeyFile value) => value.File;

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteNumber("minLength", 1);
    }
}

/// <summary>A public key and where it was read from.</summary>
/// <param name="File">The path.</param>
/// <param name="Pem">The text.</param>
internal sealed record PublicKeyFile(string File, string Pem);
