using System.Security.Cryptography;
using System.Text;

namespace Godwit.Redis.Connecting;

/// <summary>A Lua script: its text is in a file of its own under Scripts/, and Redis knows it by its hash.</summary>
internal sealed class RedisScript
{
    private RedisScript(string name, string text)
    {
        Name = name;
        Text = text;

        // Not for secrecy: it is the name that Redis gives to a script.
#pragma warning disable CA5350
        Hash = SHA1.HashData(Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5350
    }

    /// <summary>The name, for messages.</summary>
    public string Name { get; }

    /// <summary>The text.</summary>
    public string Text { get; }

    /// <summary>What EVALSHA takes.</summary>
    public byte[] Hash { get; }

    /// <summary>Reads a script of this assembly, each file behind the one before.</summary>
    /// <param name="files">The names of files under Scripts/, with no ending.</param>
    public static RedisScript Load(params ReadOnlySpan<string> files)
    {
        var text = new StringBuilder();
        foreach (string file in files)
        {
            using Stream stream = typeof(RedisScript).Assembly.GetManifestResourceStream($"{file}.lua")
                ?? throw new InvalidOperationException($"Scripts/{file}.lua is not in the assembly.");
            using var reader = new StreamReader(stream, Encoding.UTF8);
            text.Append(reader.ReadToEnd()).Append('\n');
        }

        return new RedisScript(files[^1], text.ToString());
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
