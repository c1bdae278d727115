namespace Godwit.Protocol.Json;

/// <summary>Why a text is refused as data, and where.</summary>
/// <param name="Code"><see cref="ErrorCode.DataJson"/>, <see cref="ErrorCode.DataDepth"/>, <see cref="ErrorCode.DataUtf8"/> or <see cref="ErrorCode.DataSurrogate"/>.</param>
/// <param name="Line">The line, from 1; lines end with LF.</param>
/// <param name="Byte">The octet in the line, from 1; one past the last when the text ends too early.</param>
/// <param name="Reason">The end of a sentence for a person.</param>
public readonly record struct JsonFault(ErrorCode Code, int Line, int Byte, string Reason)
{
    /// <summary>The sentence for a person, with line and byte.</summary>
    public string Detail => $"Line {Line}, byte {Byte}: {Reason}.";

    /// <summary>The same fault, counted from the beginning of a larger text.</summary>
    /// <param name="before">What stands before the text in which the fault was found.</param>
    public JsonFault Behind(ReadOnlySpan<byte> before) => this with
    {
        Line = Line + before.Count((byte)'\n'),
        Byte = Line > 1 ? Byte : Byte + before.Length - 1 - before.LastIndexOf((byte)'\n'),
    };

    /// <summary>Makes the fault at an octet of a text.</summary>
    internal static JsonFault At(ErrorCode code, ReadOnlySpan<byte> text, int index, string what)
    {
        ReadOnlySpan<byte> before = text[..index];
        int line = before.Count((byte)'\n') + 1;
        int column = index - before.LastIndexOf((byte)'\n');
        return new JsonFault(code, line, column, what);
    }
}
